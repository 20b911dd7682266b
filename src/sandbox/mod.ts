export { createSandbox, type FilterVerdict, type Sandbox, type SandboxFigures } from "./sandbox.ts";
export { SYMBOL_THREAD_MS } from "./symbol-clock.ts";
