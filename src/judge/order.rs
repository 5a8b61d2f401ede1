//! The order of reports, and fingerprints.

use std::collections::HashMap;

use super::Judgement;

/// Sorts findings and unjudged places as SPEC §9 says, and gives each finding that has none its fingerprint: made of rule, code,
/// path, the offending value, and an ordinal among equals, those included that will be accepted.
pub(super) fn settle(judgement: &mut Judgement) {
    judgement.findings.sort_by(|a, b| {
        let (a, b) = (&a.finding, &b.finding);
        (&a.place, &a.rule, &a.code, &a.message).cmp(&(&b.place, &b.rule, &b.code, &b.message))
    });
    judgement.unjudged.sort_by(|a, b| {
        (&a.place, &a.rule, a.reason.as_str(), &a.message).cmp(&(&b.place, &b.rule, b.reason.as_str(), &b.message))
    });
    let mut ordinals: HashMap<Vec<u8>, usize> = HashMap::new();
    for judged in judgement.findings.iter_mut().filter(|judged| judged.finding.fingerprint.is_empty()) {
        let finding = &mut judged.finding;
        let mut identity = Vec::new();
        for part in [finding.rule.as_bytes(), finding.code.as_bytes(), finding.place.path.as_bytes(), finding.subject.as_bytes()]
        {
            // Lengths keep parts apart.
            identity.extend((part.len() as u64).to_le_bytes());
            identity.extend(part);
        }
        let ordinal = ordinals.entry(identity.clone()).or_default();
        identity.extend((*ordinal as u64).to_le_bytes());
        *ordinal += 1;
        finding.fingerprint = blake3::hash(&identity).to_hex()[..32].to_string();
    }
}
