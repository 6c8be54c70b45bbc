use std::sync::Arc;
use std::time::Duration;

use buio_ingest::{PollError, PollFuture, Polled, RecentIds, Source, count_drop};
use buio_outbound::{Outbound, Request, Response};
use buio_types::{DropReason, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::decode::{Decoded, FeedContext, decode};

const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
    application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";
/// Ids remembered in the cursor: two full documents, so that items which a feed takes out and
/// puts back are not new again. Sixteen bytes each.
const MAX_REMEMBERED: usize = 1000;
/// Feeds that change rarely still remember this many.
const MIN_REMEMBERED: usize = 100;
/// A server's or publisher's wish to be asked less often is followed up to this.
const MAX_WISH: Duration = Duration::from_secs(3600);

/// One feed.
pub(crate) struct Feed {
    outbound: Arc<Outbound>,
    name: String,
    url: Url,
    context: FeedContext,
    interval: Duration,
    /// Where the feed moved to, as last logged.
    moved_to: Option<String>,
}

/// What is known of a feed between two fetches.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Both verbatim, as the server wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    /// Items seen, as [`RecentIds::to_text`] writes them.
    seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_minutes: Option<u64>,
}

impl Feed {
    pub(crate) fn new(
        outbound: Arc<Outbound>,
        name: String,
        url: Url,
        context: FeedContext,
        interval: Duration,
    ) -> Self {
        Feed {
            outbound,
            name,
            url,
            context,
            interval,
            moved_to: None,
        }
    }

    async fn poll_feed(
        &mut self,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Polled, PollError> {
        let cursor: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
        let mut response = self.outbound.get(&self.request(cursor.as_ref())).await?;
        self.note_move(&response);
        if response.is_not_modified() {
            let ttl_minutes = cursor.and_then(|cursor| cursor.ttl_minutes);
            return Ok(Polled {
                next_in: self.next_in(&response, ttl_minutes),
                ..Polled::default()
            });
        }
        let context = FeedContext {
            content_type: response.header("content-type").map(str::to_owned),
            ..self.context.clone()
        };
        // Two hostile megabytes take up to a tenth of a second: too long for a thread that
        // other sources wait for.
        let body = std::mem::take(&mut response.body);
        let decoded = tokio::task::spawn_blocking(move || decode(&body, &context))
            .await
            .map_err(|_| PollError::Unreadable("the feed could not be read".to_owned()))?
            .map_err(PollError::Unreadable)?;
        let next_in = self.next_in(&response, decoded.ttl_minutes);
        Ok(new_posts(decoded, cursor.as_ref(), &response, now, next_in))
    }

    fn request(&self, cursor: Option<&Cursor>) -> Request {
        Request {
            accept: Some(ACCEPT),
            etag: cursor.and_then(|cursor| cursor.etag.clone()),
            last_modified: cursor.and_then(|cursor| cursor.last_modified.clone()),
            allow_http: self.url.scheme() == "http",
            ..Request::new(self.url.as_str())
        }
    }

    /// A moved feed is read where it is now, but the setting is the operator's to change.
    fn note_move(&mut self, response: &Response) {
        if response.moved_to.is_some() && response.moved_to != self.moved_to {
            self.moved_to.clone_from(&response.moved_to);
            tracing::warn!(
                source = self.name,
                moved_to = self.moved_to,
                "the feed has moved for good: change its url"
            );
        }
    }

    fn next_in(&self, response: &Response, ttl_minutes: Option<u64>) -> Duration {
        let ttl = ttl_minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
        let wish = response.max_age.max(ttl).unwrap_or_default();
        self.interval.max(wish.min(MAX_WISH))
    }
}

impl Source for Feed {
    fn name(&self) -> &str {
        &self.name
    }

    fn poll<'p>(&'p mut self, cursor: Option<&'p str>, now: Timestamp) -> PollFuture<'p> {
        Box::pin(self.poll_feed(cursor, now))
    }
}

/// The items that were not there before.
fn new_posts(
    decoded: Decoded,
    cursor: Option<&Cursor>,
    response: &Response,
    now: Timestamp,
    next_in: Duration,
) -> Polled {
    let mut seen = RecentIds::new(MAX_REMEMBERED);
    seen.restore(cursor.map_or("", |cursor| cursor.seen.as_str()));
    let n_remembered = (2 * decoded.posts.len()).clamp(MIN_REMEMBERED, MAX_REMEMBERED);
    let mut polled = Polled {
        dropped: decoded.dropped,
        next_in,
        ..Polled::default()
    };
    for mut post in decoded.posts {
        if !seen.refresh(&post.id) {
            count_drop(&mut polled.dropped, DropReason::Duplicate, 1);
        } else if post.posted_at.is_some() {
            polled.posts.push(post);
        } else if cursor.is_some() {
            // It was not there at the last look, so it is from now.
            post.server_at = Some(now);
            polled.posts.push(post);
        } else {
            // On the first look it may be years old.
            count_drop(&mut polled.dropped, DropReason::NoTime, 1);
        }
    }
    let next_cursor = Cursor {
        etag: response.header("etag").map(str::to_owned),
        last_modified: response.header("last-modified").map(str::to_owned),
        seen: seen.to_text(n_remembered),
        ttl_minutes: decoded.ttl_minutes,
    };
    // Strings and numbers always serialise.
    polled.cursor = serde_json::to_string(&next_cursor).ok();
    polled
}
