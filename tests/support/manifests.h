// Manifests as people write them, with the few values that tests vary.
#pragma once

#include <string>

namespace support {

inline std::string offering_yaml(const std::string& name, const std::string& spec) {
  return "---\napiVersion: oauth.integrations.dev/v1alpha1\nkind: Offering\nmetadata: {name: " +
         name + "}\nspec:\n  displayName: " + name + "\n  provider: test\n  environment: test\n" +
         spec;
}

// The Offering of a provider with metadata; `more` is further lines of the spec, indented by two.
inline std::string issuer_offering_yaml(const std::string& name, const std::string& issuer,
                                        const std::string& more = {}) {
  return offering_yaml(
      name,
      "  issuer: " + issuer +
          "\n  scopes: {required: [openid], optional: ['api:read', 'api:write', nonsense]}\n" +
          more);
}

// The Offering of a ScriptedProvider.
inline std::string scripted_offering_yaml(const std::string& name, const std::string& url,
                                          const std::string& more = {}) {
  return offering_yaml(name, "  endpoints: {authorization: '" + url + "/authorize', token: '" +
                                 url + "/token'}\n  scopes: {required: [openid]}\n" + more);
}

inline std::string secret_yaml(const std::string& ns, const std::string& name,
                               const std::string& id, const std::string& secret,
                               const std::string& more_data = {}) {
  return "---\napiVersion: v1\nkind: Secret\nmetadata: {namespace: " + ns + ", name: " + name +
         "}\nstringData: {client_id: '" + id + "', client_secret: '" + secret + "'" +
         (more_data.empty() ? "" : ", " + more_data) + "}\n";
}

// `more`: further lines of the spec, indented by two.
inline std::string integration_yaml(const std::string& ns, const std::string& name,
                                    const std::string& offering,
                                    const std::string& secret_ref = "name: credentials",
                                    const std::string& scopes = "openid",
                                    const std::string& more = {}) {
  return "---\napiVersion: oauth.integrations.dev/v1alpha1\nkind: Integration\nmetadata: "
         "{namespace: " +
         ns + ", name: " + name + "}\nspec:\n  offeringRef: {name: " + offering +
         "}\n  credentialsSecretRef: {" + secret_ref + "}\n  scopes: [" + scopes + "]\n" + more;
}

}  // namespace support
