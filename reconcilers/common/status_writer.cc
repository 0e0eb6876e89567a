#include "reconcilers/common/status_writer.h"

#include "reconcilers/common/condition_writer.h"
#include "reconcilers/common/messages.h"

namespace reconcilers {

std::string overwritten_note(const kube::Resource& resource, const kube::NamespacedName& name) {
  const std::string where = name.namespace_.empty() ? "" : " -n " + name.namespace_;
  return text_of(CommonMessage::StatusOverwritten,
                 {.command = "kubectl get " + resource.plural + "." + resource.group + " " +
                             name.name + where + " -o yaml --show-managed-fields"});
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
