//! The numbers' health, onto the channels that have them (L-08, X-01).

use graph::phone_numbers::PhoneNumber;
use model::{Channel, PortfolioId, Timestamp, WabaId};
use store::NumberHealth;

use crate::App;
use crate::sync::Failure;
use crate::token::with_token;
use crate::told;

/// Numbers of the WABA that are no channel here are left alone.
pub(crate) async fn sync(
    app: &App,
    meta: &graph::Client,
    waba: &WabaId,
    channels: &[Channel],
    now: Timestamp,
) -> Result<(), Failure> {
    if channels.is_empty() {
        return Ok(());
    }
    let numbers = with_token(app, waba, now, |token| async move { meta.phone_numbers(&token, waba).await }).await?;
    let portfolio = match with_token(app, waba, now, |token| async move { meta.portfolio(&token, waba).await }).await {
        Ok(portfolio) => portfolio,
        // What was known of it stays, and the numbers' own health is none the worse.
        Err(error) => {
            tracing::warn!(waba_id = %waba, %error, "the account's portfolio could not be read");
            None
        }
    };
    for channel in channels {
        if let Some(number) = numbers.iter().find(|number| number.id == channel.phone_number_id) {
            let id = &channel.phone_number_id;
            if let Some(news) = app.store.number_news(id, &health(number, portfolio.as_ref())).await? {
                if !news.changes.is_empty() {
                    told::number(app, waba, id, &news.changes, news.since, now).await?;
                }
                app.store.record_number_news(id, news, now).await?;
            }
        } else {
            tracing::warn!(
                waba_id = %waba,
                phone_number_id = %channel.phone_number_id,
                "Meta does not list this number under its account"
            );
        }
    }
    Ok(())
}

fn health(number: &PhoneNumber, portfolio: Option<&PortfolioId>) -> NumberHealth {
    let number = number.clone();
    NumberHealth {
        display_phone_number: number.display_phone_number,
        verified_name: number.verified_name,
        quality_rating: number.quality_rating,
        status: number.status,
        throughput: number.throughput,
        name_status: number.name_status,
        messaging_limit: number.messaging_limit,
        account_mode: number.account_mode,
        code_verification_status: number.code_verification_status,
        platform_type: number.platform_type,
        is_on_biz_app: number.is_on_biz_app,
        portfolio_id: portfolio.cloned(),
    }
}
