export { createServer, type PageAsset, type RunningServer } from "./server.ts";
