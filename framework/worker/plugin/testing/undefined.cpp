// Calls a function that nobody defines: linked without --no-undefined, it must fail at load, not
// midway.
int nowhere_defined();
extern "C" __attribute__((visibility("default"))) int (*gradus_model_undefined)();
int (*gradus_model_undefined)() = nowhere_defined;
