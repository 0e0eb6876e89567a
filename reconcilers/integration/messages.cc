#include "reconcilers/integration/messages.h"

#include "reconcilers/common/message_table.h"

namespace reconcilers {

namespace {

using Id = IntegrationMessage;
using Facts = IntegrationFacts;

constexpr Fact<Facts> kFacts[] = {
    {"offering", &Facts::offering},
    {"namespace", &Facts::ns},
    {"secret", &Facts::secret},
    {"key", &Facts::key},
    {"client_id_key", &Facts::client_id_key},
    {"client_secret_key", &Facts::client_secret_key},
    {"wrong", &Facts::wrong},
    {"number", &Facts::number},
    {"scopes", &Facts::scopes},
    {"offered", &Facts::offered},
    {"condition", &Facts::condition},
    {"reason", &Facts::reason},
    {"answer", &Facts::answer},
    {"url", &Facts::url},
    {"old_url", &Facts::old_url},
};

constexpr MessageTable<Id, Facts> kMessages{
    kFacts,
    {
        {Id::OfferingAvailable, "OfferingAvailable", "Offering \"{offering}\" is available."},
        {Id::OfferingNotFound, "OfferingNotFound",
         "Offering \"{offering}\" does not exist. Create the Integration for an Offering that "
         "`kubectl get offerings` lists, or ask the platform's admins for this one. The operator "
         "continues at once when it appears."},
        {Id::NamespaceNotAllowed, "NamespaceNotAllowed",
         "Offering \"{offering}\" does not serve namespace \"{namespace}\": the namespace's labels "
         "do not match spec.allowedNamespaces of the Offering. Ask the platform's admins to change "
         "one of them. The operator then continues at once."},
        {Id::OfferingTerminating, "OfferingTerminating",
         "Offering \"{offering}\" is being deleted and takes no new Integrations. Create the "
         "Integration for another Offering. The operator continues only if an Offering of this "
         "name is created again."},
        {Id::OfferingServesUntilItGoes, "OfferingServesUntilItGoes",
         "Offering \"{offering}\" is being deleted, and serves this Integration until then."},
        {Id::OfferingNotReady, "OfferingNotReady",
         "Offering \"{offering}\" is not ready: {reason}: {answer} The operator continues at once "
         "when the Offering is ready."},
        {Id::OfferingNotReadyYet, "OfferingNotReadyYet",
         "Offering \"{offering}\" is not ready yet. The operator continues at once when it is."},

        {Id::ScopesValid, "ScopesValid",
         "spec.scopes has every scope that the Offering requires, and nothing beyond its offer."},
        {Id::ScopesUnknown, "ScopesUnknown",
         "The operator checks the scopes once the Offering exists."},
        {Id::RequiredScopesMissing, "RequiredScopesMissing",
         "The Offering requires scopes that spec.scopes does not have. Add: {scopes}. The operator "
         "then continues at once."},
        {Id::ScopesNotOffered, "ScopesNotOffered",
         "spec.scopes has scopes that the Offering does not offer. Remove: {scopes}. The operator "
         "then continues at once."},
        {Id::ScopesNotOfferedButOthers, "ScopesNotOfferedButOthers",
         "spec.scopes has scopes that the Offering does not offer. Remove: {scopes}. Besides the "
         "required scopes, the Offering offers: {offered}. The operator continues at once after "
         "the change."},

        {Id::CredentialsPresent, "CredentialsPresent",
         "Secret \"{secret}\" has a client id and a client secret."},
        {Id::PreviousSecretIgnored, "PreviousSecretIgnored",
         "The operator ignores its key \"{key}\", whose value {wrong}."},
        {Id::SecretNotFound, "SecretNotFound",
         "Secret \"{secret}\" does not exist in namespace \"{namespace}\". Create it with the keys "
         "\"{client_id_key}\" and \"{client_secret_key}\". The operator then continues at once."},
        {Id::SecretNotPermitted, "SecretNotPermitted",
         "The operator may not read Secret \"{secret}\": {answer} Ask the cluster's admins to give "
         "the operator's ServiceAccount the verb `get` on `secrets` in namespace \"{namespace}\". "
         "The operator retries at growing intervals of up to 5 minutes."},
        {Id::KeyNeedsTheLabel, "KeyNeedsTheLabel",
         "The operator does not read key \"{key}\" of Secret \"{secret}\", because no label says "
         "that the Secret holds OAuth credentials. Label it "
         "oauth.integrations.dev/credentials=true, "
         "or use the keys client_id and client_secret. The operator then continues at once."},
        {Id::KeyNotFound, "KeyNotFound",
         "Secret \"{secret}\" does not have key \"{key}\". Add it. The operator then continues at "
         "once."},
        {Id::KeyEmpty, "KeyEmpty",
         "Key \"{key}\" of Secret \"{secret}\" is empty. Fill it. The operator then continues at "
         "once."},
        {Id::ValueWrong, "ValueWrong",
         "The value of key \"{key}\" of Secret \"{secret}\" {wrong}. The operator then continues "
         "at once."},

        {Id::IsTooLong, "IsTooLong",
         "is longer than {number} characters, so it is neither a client id nor a client secret. "
         "Replace it"},
        {Id::EndsWithNewline, "EndsWithNewline",
         "ends with a newline, which is not part of it. Write it without one: `printf %s VALUE`, "
         "`echo -n`, or `stringData` without a block scalar's last line feed (`|-`)"},
        {Id::HasByteOrderMark, "HasByteOrderMark",
         "has a byte order mark at byte {number}. Save it as plain text"},
        {Id::HasForbiddenCharacter, "HasForbiddenCharacter",
         "has a character at byte {number} that OAuth does not allow there (only printable ASCII "
         "is). Copy it from the provider again"},

        {Id::WaitsForConditions, "WaitsForConditions",
         "The operator asks the provider once the conditions before this one are True."},
        {Id::Asking, "Asking", "The operator is asking the provider."},
        {Id::WaitsForProvider, "WaitsForProvider",
         "The provider asked the operator to wait (Retry-After)."},
        {Id::WaitsForSignIns, "WaitsForSignIns",
         "The operator has not asked the provider yet: {answer}"},
        {Id::TooManyFailedSignIns, "TooManyFailedSignIns",
         "too many sign-ins with this client id have failed at the provider within ten minutes, "
         "and more might lock the client out. Wait, or look for them in the provider's audit log."},
        {Id::NoVerdict, "NoVerdict", "The operator could not finish the verification: {answer}"},
        {Id::InternalError, "InternalError",
         "the operator failed while it read the provider's answer. Please report this bug."},
        {Id::NotBelievedYet, "NotBelievedYet",
         "The provider accepted the credentials before, so the operator believes this refusal only "
         "if the provider repeats it."},
        {Id::KeepsPreviousSecret, "KeepsPreviousSecret",
         "The Integration works with the previous secret for now. Write the right secret to key "
         "\"{key}\" of the Secret."},
        {Id::CallbackAskedWithCredentials, "CallbackAskedWithCredentials",
         "The operator checks the callback URL together with the credentials."},
        {Id::CallbackAskedAfterCredentials, "CallbackAskedAfterCredentials",
         "The operator checks the callback URL once the provider accepts the credentials and the "
         "scopes."},
        {Id::CallbackNotChecked, "CallbackNotChecked",
         "The operator did not check the callback URL, because it could not verify the "
         "credentials."},
        {Id::CallbackUrlChanged, "CallbackUrlChanged",
         "The callback URL was {old_url} and is now {url}. Register the new one at the provider. "
         "Then confirm it: set the annotation oauth.integrations.dev/reconcile-requested-at to the "
         "present time."},

        {Id::Configured, "Configured",
         "The provider accepted the credentials and the callback URL."},
        {Id::ConfiguredUnverified, "ConfiguredUnverified",
         "The provider did not prove the credentials, and the Offering accepts them unproven "
         "(verification.onUnverifiable: Allow)."},
        {Id::ConfiguredCallbackUnproven, "ConfiguredCallbackUnproven",
         "The provider accepted the credentials. It does not show whether status.callbackURL is "
         "registered: compare it with the provider's app settings."},
        {Id::NotJudged, "NotJudged", "The operator has not judged {condition} yet."},

        {Id::PausedAnnotationIgnored, "PausedAnnotationIgnored",
         "The operator ignores the annotation oauth.integrations.dev/paused, because its value is "
         "neither \"true\" nor \"false\". Write \"true\" to pause the verification, or remove the "
         "annotation."},
    }};

}  // namespace

std::string text_of(IntegrationMessage id, const IntegrationFacts& facts) {
  return kMessages.text(id, facts);
}

const char* to_string(IntegrationMessage id) { return kMessages[id].name; }

}  // namespace reconcilers
