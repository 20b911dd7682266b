export { createSandbox, type Sandbox } from "./sandbox.ts";
export { SYMBOL_THREAD_MS } from "./symbol-clock.ts";
