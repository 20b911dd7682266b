export { createSandbox, type FilterVerdict, type Sandbox, type SandboxFigures } from "./sandbox.ts";
