import { serveFunction } from "../_shared/functions.ts";

serveFunction("get-klines");
