#include "kube/runtime.h"

// There is no such kubeconfig, which the runtime says as an error.
int main() {
  return kube::Runtime::create({.name = "stranger", .kubeconfig = "/nowhere"}).ok() ? 1 : 0;
}
