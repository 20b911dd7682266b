import { streaming } from "./streaming.ts";

// What a test calls in a page.
Object.assign(globalThis, { streaming });
