// Shows more than its aliases, among them a symbol of the host's.
extern "C" __attribute__((visibility("default"))) const void* gradus_model_foreign;
extern "C" __attribute__((visibility("default"))) void* malloc_usable(unsigned long);
const void* gradus_model_foreign = nullptr;
void* malloc_usable(unsigned long) { return nullptr; }
