export { MAX_KEPT_FILTER_BYTES } from "./kept-filters.ts";
export { MACHINE_MEMORY_BYTES } from "./machine.ts";
export { MAX_STEPS } from "./runtime.ts";
export { createSandbox, type FilterVerdict, type Sandbox, type SandboxFigures } from "./sandbox.ts";
export { MAX_STUDY_STEPS } from "./study/steps.ts";
export { SYMBOL_MS, SYMBOL_THREAD_MS } from "./symbol-clock.ts";
export { MAX_PROBES } from "./trace/probes.ts";
