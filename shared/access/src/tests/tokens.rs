//! Which tokens are believed, at their edges.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, ToSpan};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proto::common::Role;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::noon;

use super::{CUSTOMER, OURS, P256, PARTNER, RSA, THEIRS, config, ed_key, payload, token, verifier};
use crate::{Claims, Refusal, Verifier};

/// The words that a refusal must have, so that a person sees which of them it is.
#[rstest]
#[case::issuer(json!({"iss": "https://elsewhere"}), "the wrong issuer: https://elsewhere, and only https://tenure.dev/local")]
#[case::audience(json!({"aud": "billing"}), "the wrong audience: billing, and this is tenure")]
#[case::audiences(json!({"aud": ["billing", "crm"]}), "the wrong audience: billing, crm, and")]
#[case::no_audience(json!({"aud": []}), "the wrong audience")]
#[case::expired(json!({"exp": noon().as_second() - 60}), "expired at 2026-01-10T11:59:00Z")]
#[case::too_early(json!({"nbf": noon().as_second() + 60}), "not valid before 2026-01-10T12:01:00Z")]
#[case::without_exp(json!({"exp": null}), "malformed: its claims cannot be read: missing field `exp`")]
#[case::without_sub(json!({"sub": null}), "malformed: its claims cannot be read: missing field `sub`")]
#[case::without_iss(json!({"iss": null}), "missing field `iss`")]
#[case::without_aud(json!({"aud": null}), "missing field `aud`")]
#[case::empty_sub(json!({"sub": ""}), "malformed: sub must have 1 to 255 bytes")]
#[case::sub_with_nul(json!({"sub": "al\u{0}ex"}), "malformed: sub has a control character")]
#[case::sub_of_two_lines(json!({"sub": "al\nex"}), "malformed: sub has a control character")]
#[case::long_sub(json!({"sub": "a".repeat(256)}), "malformed: sub must have 1 to 255 bytes")]
#[case::exp_as_text(json!({"exp": "soon"}), "malformed: its claims cannot be read: invalid type")]
#[case::exp_past_the_end_of_time(json!({"exp": i64::MAX}), "malformed: exp is out of range")]
#[case::nbf_before_its_beginning(json!({"nbf": i64::MIN}), "malformed: nbf is out of range")]
#[case::partner_that_is_no_uuid(json!({"partner": "contoso"}), "malformed: its claims cannot be read")]
#[case::roles_that_are_no_list(json!({"roles": "ADMIN_AGENT"}), "malformed: its claims cannot be read")]
fn a_signed_token_is_refused(#[case] changes: Value, #[case] expected: &str) {
    let refusal = verifier().verify(&token(changes), noon()).unwrap_err();
    assert!(refusal.to_string().contains(expected), "{refusal}");
}

#[rstest]
#[case::nothing("")]
#[case::a_word("secret")]
#[case::two_parts("e30.e30")]
#[case::four_parts("e30.e30.e30.e30")]
#[case::no_base64("?.?.?")]
#[case::a_header_without_alg("e30.e30.e30")]
fn what_is_no_token_is_malformed(#[case] text: &str) {
    let refusal = verifier().verify(text, noon()).unwrap_err();
    assert!(matches!(refusal, Refusal::Malformed { .. }), "{refusal}");
}

/// The last valid millisecond is the one before `exp` plus leeway; the first is `nbf` minus leeway.
#[rstest]
#[case::before_exp(0, 3_599_999, true)]
#[case::at_exp(0, 3_600_000, false)]
#[case::after_exp(0, 3_600_001, false)]
#[case::at_exp_with_leeway(30, 3_600_000, true)]
#[case::after_exp_with_leeway(30, 3_600_001, true)]
#[case::end_of_leeway(30, 3_629_999, true)]
#[case::after_leeway(30, 3_630_000, false)]
#[case::at_nbf(0, 0, true)]
#[case::before_nbf(0, -1, false)]
#[case::beginning_of_leeway(30, -30_000, true)]
#[case::before_leeway(30, -30_001, false)]
fn a_token_has_its_time(#[case] leeway: i64, #[case] millis: i64, #[case] is_valid: bool) {
    let leeway = SignedDuration::from_secs(leeway);
    let verifier =
        Verifier::new(&crate::AuthConfig { leeway, ..config(&[&OURS.public_pem]) }).unwrap();

    let verified = verifier.verify(&token(json!({})), noon() + millis.milliseconds());

    assert_eq!(verified.is_ok(), is_valid, "{verified:?}");
}

#[test]
fn a_token_says_who_and_what() {
    let changes = json!({
        "aud": ["crm", "tenure"], "roles": ["SERVICE", "ADMIN_AGENT", "JANITOR", "UNSPECIFIED", "ROLE_OPERATOR"],
        "customer": CUSTOMER, "iat": null, "nbf": null, "email": "alex@example.com",
    });
    let expected = Claims {
        subject: "alex".to_owned(),
        roles: [Role::AdminAgent, Role::Service].into(),
        partner: Some(PARTNER),
        customer: Some(CUSTOMER),
    };
    assert_eq!(verifier().verify(&token(changes), noon()), Ok(expected));
}

#[test]
fn a_signature_of_somebody_else_is_bad() {
    let header = Header::new(Algorithm::EdDSA);
    let forged = encode(&header, &payload(json!({})), &ed_key(&THEIRS)).unwrap();
    assert_eq!(verifier().verify(&forged, noon()), Err(Refusal::BadSignature));
}

#[test]
fn a_changed_payload_has_a_bad_signature() {
    let honest = token(json!({"roles": ["HELPDESK_AGENT"]}));
    let greedy = token(json!({"roles": ["OPERATOR"]}));
    let (honest, greedy): (Vec<_>, Vec<_>) =
        (honest.split('.').collect(), greedy.split('.').collect());
    let forged = [honest[0], greedy[1], honest[2]].join(".");
    assert_eq!(verifier().verify(&forged, noon()), Err(Refusal::BadSignature));
}

/// The classics: no signature at all, and a public key taken for a shared secret.
#[rstest]
#[case::none(r#"{"alg":"none"}"#)]
#[case::none_in_other_letters(r#"{"alg":"nOnE"}"#)]
#[case::no_alg(r#"{"typ":"JWT"}"#)]
fn an_unsigned_token_is_refused(#[case] header: &str) {
    let payload = payload(json!({})).to_string();
    let parts = [header, &payload].map(|part| URL_SAFE_NO_PAD.encode(part));
    let forged = format!("{}.{}.", parts[0], parts[1]);
    let refusal = verifier().verify(&forged, noon()).unwrap_err();
    assert!(refusal.to_string().contains("EdDSA, ES256 and RS256"), "{refusal}");
}

#[rstest]
fn a_shared_secret_is_refused(
    #[values(Algorithm::HS256, Algorithm::HS384, Algorithm::HS512)] alg: Algorithm,
) {
    let secret = EncodingKey::from_secret(OURS.public_pem.as_bytes());
    let forged = encode(&Header::new(alg), &payload(json!({})), &secret).unwrap();
    let refusal = verifier().verify(&forged, noon()).unwrap_err();
    assert!(refusal.to_string().contains("EdDSA, ES256 and RS256"), "{refusal}");
}

#[test]
fn a_header_cannot_choose_the_algorithm_of_a_key() {
    let verifier = Verifier::new(&config(&[&OURS.public_pem, &P256.1])).unwrap();
    let honest = token(json!({}));
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
    let forged = format!("{header}{}", &honest[honest.find('.').unwrap()..]);
    assert_eq!(verifier.verify(&forged, noon()), Err(Refusal::BadSignature));
}

#[test]
fn an_unknown_demand_in_the_header_is_refused() {
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::EdDSA) };
    let token = encode(&header, &payload(json!({})), &ed_key(&OURS)).unwrap();
    let refusal = verifier().verify(&token, noon()).unwrap_err();
    assert!(refusal.to_string().contains("crit"), "{refusal}");
}

#[rstest]
#[case::ed25519(Algorithm::EdDSA, ed_key(&OURS), true)]
#[case::ed25519_retiring(Algorithm::EdDSA, ed_key(&THEIRS), true)]
#[case::p256(Algorithm::ES256, P256.0.clone(), true)]
#[case::rsa(Algorithm::RS256, RSA.0.clone(), true)]
#[case::rsa_with_another_hash(Algorithm::RS512, RSA.0.clone(), false)]
#[case::rsa_with_another_padding(Algorithm::PS256, RSA.0.clone(), false)]
fn every_trusted_key_is_tried(
    #[case] algorithm: Algorithm,
    #[case] key: EncodingKey,
    #[case] is_believed: bool,
) {
    let keys = [&*P256.1, &*RSA.1, &*THEIRS.public_pem, &*OURS.public_pem];
    let verifier = Verifier::new(&config(&keys)).unwrap();
    let token = encode(&Header::new(algorithm), &payload(json!({})), &key).unwrap();
    assert_eq!(verifier.verify(&token, noon()).is_ok(), is_believed);
}
