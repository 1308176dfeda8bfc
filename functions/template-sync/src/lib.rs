//! template-sync
