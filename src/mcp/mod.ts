export { answerMcp, serveStdio } from "./transports.ts";
