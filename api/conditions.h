// The condition types and reasons of the API, in one place: docs/conditions.md explains each, and a
// test holds the two together.
#pragma once

namespace api::condition {
inline constexpr const char* ready = "Ready";
inline constexpr const char* reconciling = "Reconciling";  // kstatus; present only while True
inline constexpr const char* stalled = "Stalled";          // likewise
inline constexpr const char* discovered = "Discovered";
inline constexpr const char* offering_available = "OfferingAvailable";
inline constexpr const char* scopes_valid = "ScopesValid";
inline constexpr const char* credentials_present = "CredentialsPresent";
inline constexpr const char* credentials_verified = "CredentialsVerified";
inline constexpr const char* callback_registered = "CallbackRegistered";
}  // namespace api::condition

namespace api::reason {
// Offering: Discovered, Ready
inline constexpr const char* discovered = "Discovered";
inline constexpr const char* endpoints_given = "EndpointsGiven";  // no issuer: nothing to discover
inline constexpr const char* endpoint_host_changed = "EndpointHostChanged";
inline constexpr const char* metadata_invalid = "MetadataInvalid";
inline constexpr const char* metadata_not_found = "MetadataNotFound";
inline constexpr const char* available = "Available";
inline constexpr const char* in_use = "InUse";  // deletion waits for Integrations
// OfferingAvailable
inline constexpr const char* offering_not_found = "OfferingNotFound";
inline constexpr const char* offering_not_ready = "OfferingNotReady";
inline constexpr const char* offering_terminating = "OfferingTerminating";
inline constexpr const char* namespace_not_allowed = "NamespaceNotAllowed";
// ScopesValid
inline constexpr const char* valid = "Valid";
inline constexpr const char* missing_required_scopes = "MissingRequiredScopes";
inline constexpr const char* scopes_not_offered = "ScopesNotOffered";
inline constexpr const char* scopes_rejected_by_provider = "ScopesRejectedByProvider";
// CredentialsPresent
inline constexpr const char* present = "Present";
inline constexpr const char* secret_not_found = "SecretNotFound";
inline constexpr const char* key_not_found = "KeyNotFound";
inline constexpr const char* key_not_allowed = "KeyNotAllowed";
inline constexpr const char* invalid_characters = "InvalidCharacters";
inline constexpr const char* not_permitted = "NotPermitted";  // RBAC denies it to the operator
// CredentialsVerified
inline constexpr const char* verified = "Verified";
inline constexpr const char* verified_with_previous_secret = "VerifiedWithPreviousSecret";
inline constexpr const char* rejected = "Rejected";
inline constexpr const char* grant_not_allowed = "GrantNotAllowed";
inline constexpr const char* unverifiable = "Unverifiable";
inline constexpr const char* provider_unreachable = "ProviderUnreachable";
inline constexpr const char* pending = "Pending";
// CallbackRegistered
inline constexpr const char* accepted = "Accepted";
inline constexpr const char* observed = "Observed";  // not set before users come through
inline constexpr const char* callback_url_changed = "CallbackURLChanged";
inline constexpr const char* not_checkable = "NotCheckable";
// Ready
inline constexpr const char* configured = "Configured";
inline constexpr const char* configured_callback_unproven = "ConfiguredCallbackUnproven";
inline constexpr const char* configured_unverified = "ConfiguredUnverified";
}  // namespace api::reason

// Events that are no condition's.
namespace api::event {
inline constexpr const char* status_overwritten = "StatusOverwritten";
inline constexpr const char* annotation_ignored = "AnnotationIgnored";
}  // namespace api::event
