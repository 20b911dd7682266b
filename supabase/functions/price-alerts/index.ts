import { serveFunction } from "../_shared/functions.ts";

serveFunction("price-alerts");
