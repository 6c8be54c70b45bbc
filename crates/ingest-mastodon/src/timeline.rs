use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use buio_ingest::{PollError, PollFuture, Polled, RecentIds, Source, count_drop};
use buio_outbound::{Outbound, OutboundError, Request, Response};
use buio_types::{DropReason, Timestamp};
use serde_json::Value;
use url::Url;

use crate::cursor::{Cursor, Span};
use crate::decode::{DecodeContext, Decoded, decode, is_id};

/// The server's own maximum.
const PAGE_ITEMS: usize = 40;
/// A page with this many may have a successor: other servers of this API give at most 20. Too
/// small asks once more than needed, too large leaves the rest to the next turn.
const FULL_PAGE_ITEMS: usize = 20;
/// Pages read of one group before the others have their turn.
const MAX_PAGES: usize = 5;
/// Ids remembered over all groups: the overlap of the busiest ten minutes of all hashtags.
const RECENT_IDS: usize = 8192;
/// Between two looks at what the server allows strangers.
const ACCESS_EVERY_SECS: i64 = 24 * 3600;
/// Pause while more is waiting to be read; the host's pace adds its own.
const CATCH_UP_PAUSE: Duration = Duration::from_millis(100);

/// Up to five hashtags that one request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The hashtags joined: names the timeline in the cursor.
    pub(crate) key: String,
    tags: Vec<String>,
    services: BTreeMap<String, String>,
}

impl Group {
    pub(crate) fn new(tags: &[(String, Option<String>)]) -> Self {
        let names: Vec<String> = tags.iter().map(|(tag, _)| tag.clone()).collect();
        let bound = tags
            .iter()
            .filter_map(|(tag, service)| Some((tag.clone(), service.clone()?)));
        Group {
            key: names.join("+"),
            tags: names,
            services: bound.collect(),
        }
    }
}

/// The hashtag timelines of one server, read in turn: one group a poll.
pub(crate) struct HashtagTimelines {
    outbound: Arc<Outbound>,
    name: String,
    base: Url,
    context: DecodeContext,
    groups: Vec<Group>,
    interval: Duration,
    next_group_idx: usize,
    recent: RecentIds,
    access: Access,
}

/// What the server lets strangers see of hashtags.
#[derive(Default)]
struct Access {
    checked_at: Option<Timestamp>,
    is_local_only: bool,
}

impl HashtagTimelines {
    pub(crate) fn new(
        outbound: Arc<Outbound>,
        base: Url,
        groups: Vec<Group>,
        interval: Duration,
    ) -> Self {
        let host = base.host_str().unwrap_or_default().to_owned();
        let name = match base.port() {
            Some(port) => format!("mastodon:{host}:{port}"),
            None => format!("mastodon:{host}"),
        };
        let services = groups.iter().flat_map(|group| group.services.clone());
        HashtagTimelines {
            outbound,
            name,
            base,
            context: DecodeContext {
                services: services.collect(),
                ..DecodeContext::new(&host)
            },
            groups,
            interval,
            next_group_idx: 0,
            recent: RecentIds::new(RECENT_IDS),
            access: Access::default(),
        }
    }

    async fn poll_next(
        &mut self,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Polled, PollError> {
        self.check_access(now).await?;
        let n_groups = self.groups.len().max(1);
        let group_idx = self.next_group_idx % n_groups;
        // Moves on even when this poll fails: one bad hashtag must not block the others.
        self.next_group_idx = (group_idx + 1) % n_groups;
        let Some(group) = self.groups.get(group_idx) else {
            return Err(PollError::Disabled("no hashtags to follow".to_owned()));
        };
        let mut cursor = Cursor::from_text(cursor);
        let mut place = cursor.place(&group.key);
        let reading = self.read(group, place.read_from(now)).await?;
        let read = Span {
            oldest: reading.oldest_id.as_deref(),
            newest: reading.newest_id.as_deref(),
        };
        place.advance(read, now);
        cursor.set(&group.key, place);
        let cursor = cursor.to_text(|key| self.groups.iter().any(|group| group.key == key));
        let next_in = if reading.is_caught_up {
            self.interval / u32::try_from(n_groups).unwrap_or(u32::MAX)
        } else {
            self.next_group_idx = group_idx;
            CATCH_UP_PAUSE
        };
        // Remembered only here, after the last wait: a poll that is given up half-way has not
        // marked anything as seen that was never handed on.
        let mut polled = Polled {
            dropped: reading.dropped,
            cursor: Some(cursor),
            next_in,
            ..Polled::default()
        };
        for post in reading.posts {
            if self.recent.insert(&post.id) {
                polled.posts.push(post);
            } else {
                count_drop(&mut polled.dropped, DropReason::Duplicate, 1);
            }
        }
        Ok(polled)
    }

    /// Reads forward from `from` to the present, or as far as one turn allows.
    async fn read(&self, group: &Group, from: Option<&str>) -> Result<Reading, PollError> {
        let mut reading = Reading::default();
        let mut from = from.map(str::to_owned);
        for page_idx in 0..MAX_PAGES {
            let page = match self.page(group, from.as_deref()).await {
                Ok(page) => page,
                Err(error) if page_idx == 0 => return Err(error),
                // The pages before this one are good; the next poll meets the fault again.
                Err(_) => return Ok(reading),
            };
            let is_last = page.n_items < FULL_PAGE_ITEMS || from.is_none();
            let newest = page.newest_id.clone();
            reading.add(page);
            if is_last || newest.is_none() || newest == from {
                reading.is_caught_up = true;
                return Ok(reading);
            }
            from = newest;
        }
        Ok(reading)
    }

    async fn page(&self, group: &Group, from: Option<&str>) -> Result<Decoded, PollError> {
        let url = self.page_url(group, from)?;
        let response = self.get(&url).await.map_err(|error| match error {
            OutboundError::Status(status @ (401 | 403 | 422)) => PollError::Disabled(format!(
                "status {status}: hashtag timelines are closed to strangers here"
            )),
            error => error.into(),
        })?;
        let mut page = decode(&response.body, &self.context).map_err(PollError::Unreadable)?;
        if let Some(id) = response.header("link").and_then(previous_min_id) {
            page.newest_id = Some(id);
        }
        Ok(page)
    }

    fn page_url(&self, group: &Group, from: Option<&str>) -> Result<Url, PollError> {
        let mut url = self.base.clone();
        let (first, others) = match group.tags.split_first() {
            Some(split) => split,
            None => return Err(PollError::Disabled("no hashtags to follow".to_owned())),
        };
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .clear()
                .extend(["api", "v1", "timelines", "tag", first.as_str()]);
        }
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &PAGE_ITEMS.to_string());
        for tag in others {
            query.append_pair("any[]", tag);
        }
        if self.access.is_local_only {
            query.append_pair("local", "true");
        }
        if let Some(from) = from {
            query.append_pair("min_id", from);
        }
        drop(query);
        Ok(url)
    }

    /// Reads `configuration.timelines_access` (Mastodon 4.5 and later), so that an empty
    /// timeline is not taken for silence. Servers without it are simply asked.
    async fn check_access(&mut self, now: Timestamp) -> Result<(), PollError> {
        let is_fresh = self
            .access
            .checked_at
            .is_some_and(|at| now.secs_since(at) < ACCESS_EVERY_SECS);
        if is_fresh {
            return Ok(());
        }
        let mut url = self.base.clone();
        url.set_path("/api/v2/instance");
        let instance: Value = match self.get(&url).await {
            Ok(response) => serde_json::from_slice(&response.body).unwrap_or_default(),
            Err(OutboundError::Status(400..=499) | OutboundError::TooLarge(_)) => Value::Null,
            Err(error) => return Err(error.into()),
        };
        let feeds = instance.pointer("/configuration/timelines_access/hashtag_feeds");
        let is_public = |which: &str| {
            let access = feeds.and_then(|feeds| feeds.get(which)?.as_str());
            access.is_none_or(|access| access == "public")
        };
        if !is_public("local") && !is_public("remote") {
            return Err(PollError::Disabled(
                "hashtag timelines need a login here (timelines_access)".to_owned(),
            ));
        }
        self.access = Access {
            checked_at: Some(now),
            is_local_only: !is_public("remote"),
        };
        Ok(())
    }

    async fn get(&self, url: &Url) -> Result<Response, OutboundError> {
        let request = Request {
            accept: Some("application/json"),
            // Only as the operator wrote it.
            allow_http: self.base.scheme() == "http",
            ..Request::new(url.as_str())
        };
        self.outbound.get(&request).await
    }
}

impl Source for HashtagTimelines {
    fn name(&self) -> &str {
        &self.name
    }

    fn poll<'p>(&'p mut self, cursor: Option<&'p str>, now: Timestamp) -> PollFuture<'p> {
        Box::pin(self.poll_next(cursor, now))
    }
}

/// Several pages put together.
#[derive(Default)]
struct Reading {
    posts: Vec<buio_types::Post>,
    dropped: Vec<(DropReason, u64)>,
    oldest_id: Option<String>,
    newest_id: Option<String>,
    is_caught_up: bool,
}

impl Reading {
    fn add(&mut self, page: Decoded) {
        self.posts.extend(page.posts);
        for (reason, n) in page.dropped {
            count_drop(&mut self.dropped, reason, n);
        }
        self.oldest_id = self.oldest_id.take().or(page.oldest_id);
        if page.newest_id.is_some() {
            self.newest_id = page.newest_id;
        }
    }
}

/// The `min_id` of the link to the previous (newer) page: the server's own word for where to go
/// on. Only the id is taken, never the address.
fn previous_min_id(link: &str) -> Option<String> {
    let target = link
        .split(',')
        .find(|part| part.contains("rel=\"prev\""))?
        .split(['<', '>'])
        .nth(1)?;
    let url = Url::parse(target).ok()?;
    let (_, id) = url.query_pairs().find(|(key, _)| key == "min_id")?;
    is_id(&id).then(|| id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_header_gives_an_id_and_nothing_else() {
        let link = "<https://a.example/api/v1/timelines/tag/x?limit=40&max_id=5>; rel=\"next\", \
            <https://evil.example/?min_id=115600>; rel=\"prev\"";
        assert_eq!(previous_min_id(link).as_deref(), Some("115600"));
        for odd in [
            "",
            "<",
            "<x>; rel=\"prev\"",
            "<https://a.example/?min_id=a%26b>; rel=\"prev\"",
        ] {
            assert_eq!(previous_min_id(odd), None, "{odd}");
        }
    }
}
