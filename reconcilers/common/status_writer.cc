#include "reconcilers/common/status_writer.h"

#include "reconcilers/common/condition_writer.h"

namespace reconcilers {

std::string overwritten_note(const kube::Resource& resource, const kube::NamespacedName& name) {
  const std::string where = name.namespace_.empty() ? "" : " -n " + name.namespace_;
  return "Somebody else writes this status. The operator put its own back, which it does less and "
         "less often. Find the other writer: kubectl get " +
         resource.plural + "." + resource.group + " " + name.name + where +
         " -o yaml --show-managed-fields. A second operator in the cluster does this.";
}

void log_written(const net::Logger& log, const kube::Conditions& before,
                 const kube::Conditions& after) {
  const kube::Condition& was = ready_of(before);
  const kube::Condition& is = ready_of(after);
  if (was.status == is.status && was.reason == is.reason &&
      without_tail(was.message) == without_tail(is.message))
    return log.debug("status written", {{"reason", is.reason}});
  log.info("status written", {{"from", was.reason.empty() ? "new" : was.reason},
                              {"reason", is.reason},
                              {"message", is.message}});
}

}  // namespace reconcilers
