//! What others have to do with it: the operator, refuges, echoes, the cause.

use buio_types::Incident;

use crate::clean::{NAME_MAX, QUOTE_MAX, clean, web_address};
use crate::language::fill;
use crate::sentences::{first, sentence};
use crate::summarize::{Basis, Sentence, Topic};
use crate::teller::Teller;

pub(crate) fn statement(incident: &Incident, teller: &Teller<'_>) -> Sentence {
    let words = &teller.words.sentence;
    let official = incident.official.as_ref();
    let status = official
        .map(|said| clean(&said.status, QUOTE_MAX))
        .unwrap_or_default();
    let at = official
        .map(|said| said.posted_at)
        .or(incident.acknowledged_at);
    let Some(at) = at else {
        let text = if incident.state.is_open() {
            &words.official_none_yet
        } else {
            &words.official_none
        };
        let basis = vec![
            Basis::field("official", "null"),
            Basis::field("acknowledged_at", "null"),
        ];
        return sentence(Topic::Statement, text.clone(), basis);
    };
    let lag_s = official.map_or_else(|| at.secs_since(incident.started_at), |said| said.lag_s);
    let template = match (status.is_empty(), lag_s < 0) {
        (false, false) => &words.official,
        (false, true) => &words.official_before,
        (true, false) => &words.acknowledged,
        (true, true) => &words.acknowledged_before,
    };
    let quotation = teller.quotation(&status);
    let slots = [
        ("at", teller.moment(at)),
        ("lag", teller.duration(lag_s)),
        ("status", quotation),
    ];
    let text = fill(
        template,
        &slots
            .each_ref()
            .map(|(slot, value)| (*slot, value.as_str())),
    );
    let mut basis = vec![
        Basis::field("official.posted_at", at),
        Basis::field("official.lag_s", lag_s),
    ];
    if official.is_none() {
        basis = vec![Basis::field("acknowledged_at", at)];
    }
    let link = official
        .and_then(|said| said.url.as_deref())
        .and_then(web_address);
    Sentence {
        topic: Topic::Statement,
        text,
        basis,
        link,
    }
}

pub(crate) fn refuges(incident: &Incident, teller: &Teller<'_>) -> Option<Sentence> {
    let named = first(&incident.refuges);
    if named.is_empty() {
        return None;
    }
    let items: Vec<String> = named
        .iter()
        .map(|refuge| teller.share(&teller.service(&refuge.service), refuge.share))
        .collect();
    let text = fill(
        &teller.words.sentence.refuges,
        &[("list", &teller.list(&items))],
    );
    let basis = named
        .iter()
        .map(|refuge| Basis::field(format!("refuges[{}]", refuge.service), refuge.share));
    Some(sentence(Topic::Refuges, text, basis.collect()))
}

pub(crate) fn echoes<'a>(
    incident: &'a Incident,
    teller: &'a Teller<'_>,
) -> impl Iterator<Item = Sentence> + 'a {
    let words = &teller.words.sentence;
    first(&incident.echoes).iter().map(move |echo| {
        let counted = match echo.reason.as_str() {
            "refuge" => &words.echo_refuge,
            "victim" => &words.echo_victim,
            _ => &words.echo,
        };
        let text = teller.counted(
            counted,
            echo.reports,
            &[("service", &teller.service(&echo.service))],
        );
        let field = format!("echoes[{}]", echo.service);
        sentence(
            Topic::Echo,
            text,
            vec![Basis::field(
                field,
                format!("{} {}", echo.reports, echo.reason),
            )],
        )
    })
}

pub(crate) fn cause(incident: &Incident, teller: &Teller<'_>) -> Option<Sentence> {
    let words = &teller.words.sentence;
    let cause = incident.cause.as_ref()?;
    let template = if cause.incident.is_some() {
        &words.cause_incident
    } else {
        &words.cause
    };
    let text = fill(
        template,
        &[
            ("service", &teller.service(&cause.service)),
            (
                "confidence",
                &teller.percent(f64::from(cause.confidence.get())),
            ),
            (
                "incident",
                &clean(cause.incident.as_deref().unwrap_or_default(), NAME_MAX * 2),
            ),
        ],
    );
    let basis = vec![
        Basis::field("cause.service", &cause.service),
        Basis::field("cause.confidence", cause.confidence.get()),
    ];
    Some(sentence(Topic::Cause, text, basis))
}
