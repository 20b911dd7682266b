export { CHECKS } from "./check.ts";
export { examine } from "./examine.ts";
export { CHECK_NAMES, type CheckName, type Finding } from "./finding.ts";
export { fireTestAlert } from "./test-alert.ts";
export { type Deployment, isThisMachine } from "./visit.ts";
