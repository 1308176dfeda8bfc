//! The profile's photo, judged by its bytes (P-03).

use imagesize::ImageType;

use crate::limits::profile::{PHOTO_BEST, PHOTO_BYTES, PHOTO_LEAST};
use crate::template::lint::{Finding, Level};

/// Integrators count by these numbers (contract §1.7, C); Meta's page of uploads names the types.
const PAGE: &str = "https://developers.facebook.com/docs/graph-api/guides/upload";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photo {
    /// `None` for what is neither JPEG nor PNG.
    pub mime: Option<&'static str>,
    /// Width and height in pixels, where they can be told.
    pub size: Option<(usize, usize)>,
    pub bytes: u64,
}

impl Photo {
    /// By the whole content: a JPEG may tell its size late.
    pub fn look(content: &[u8]) -> Self {
        let mime = match imagesize::image_type(content) {
            Ok(ImageType::Jpeg) => Some("image/jpeg"),
            Ok(ImageType::Png) => Some("image/png"),
            _ => None,
        };
        let size = mime.and_then(|_| imagesize::blob_size(content).ok()).map(|size| (size.width, size.height));
        Self { mime, size, bytes: content.len() as u64 }
    }

    /// What is wrong with it.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.bytes > PHOTO_BYTES {
            let what = format!("must have at most {PHOTO_BYTES} bytes (given: {})", self.bytes);
            found.push(error("photo_bytes", what, "Make it smaller."));
        }
        match self.size.filter(|(width, height)| *width > 0 && *height > 0) {
            _ if self.mime.is_none() => {
                found.push(error("photo_type", "must be a JPEG or PNG, by its bytes", "Convert it."));
            }
            None => found.push(error("photo_unreadable", "does not say how large it is", "Save it anew.")),
            Some((width, height)) if width != height => {
                let what = format!("must be square (given: {width}x{height})");
                found.push(error("photo_square", what, "Crop it."));
            }
            Some((width, _)) if width < PHOTO_LEAST => {
                let what = format!("must have {PHOTO_LEAST}x{PHOTO_LEAST} pixels or more (given: {width}x{width})");
                found.push(error("photo_small", what, "Take a larger one."));
            }
            Some((width, _)) if width != PHOTO_BEST => {
                let what = format!("has not the recommended {PHOTO_BEST}x{PHOTO_BEST} pixels (given: {width}x{width})");
                let remedy = "Of that size it is shown as you made it.";
                found.push(Finding { level: Level::Warn, ..error("photo_recommended", what, remedy) });
            }
            Some(_) => {}
        }
        found
    }

    /// As in `image/png, 640x640`.
    pub fn words(&self) -> String {
        let (width, height) = self.size.unwrap_or_default();
        format!("{}, {width}x{height}", self.mime.unwrap_or("a file"))
    }
}

fn error(id: &'static str, what: impl Into<String>, remedy: &str) -> Finding {
    Finding { id, level: Level::Error, at: "photo".into(), what: what.into(), remedy: remedy.into(), source: PAGE }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG's beginning, which is all that tells its size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        png
    }

    /// A JPEG with an EXIF segment before its frame.
    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut jpeg = b"\xff\xd8\xff\xe1\x40\x02".to_vec();
        jpeg.extend(vec![0; 0x4000]);
        jpeg.extend(b"\xff\xc0\x00\x11\x08");
        jpeg.extend(height.to_be_bytes());
        jpeg.extend(width.to_be_bytes());
        jpeg.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        jpeg.extend(b"\xff\xd9");
        jpeg
    }

    #[track_caller]
    fn is(content: &[u8], expected: &[&str]) {
        let found: Vec<&str> = Photo::look(content).findings().iter().map(|finding| finding.id).collect();
        assert_eq!(found, expected, "{:?}", Photo::look(content));
    }

    #[test]
    fn each_rule_has_its_picture() {
        is(&png(640, 640), &[]);
        is(&jpeg(640, 640), &[]);
        is(&png(192, 192), &["photo_recommended"]);
        is(&jpeg(1024, 1024), &["photo_recommended"]);
        is(&png(191, 191), &["photo_small"]);
        is(&png(640, 641), &["photo_square"]);
        is(&jpeg(800, 600), &["photo_square"]);
        is(b"GIF89a\x80\x02\x80\x02", &["photo_type"]);
        is(b"%PDF-1.7", &["photo_type"]);
        is(b"", &["photo_type"]);
        is(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00", &["photo_unreadable"]);
        let most = usize::try_from(PHOTO_BYTES).unwrap();
        let mut large = png(640, 640);
        large.resize(most, 0);
        is(&large, &[]);
        large.push(0);
        is(&large, &["photo_bytes"]);
    }

    #[test]
    fn it_is_told_in_words() {
        assert_eq!(Photo::look(&jpeg(640, 480)).words(), "image/jpeg, 640x480");
    }
}
