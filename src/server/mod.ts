export { createServer, type PageAsset, type RunningServer, type ServerDependencies } from "./server.ts";
