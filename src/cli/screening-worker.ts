import { letEventLoopGoFirst } from "../embedded/mod.ts";
import { runScreeningThread } from "./screening-thread.ts";

letEventLoopGoFirst();
runScreeningThread();
