import { letEventLoopGoFirst } from "../embedded/mod.ts";
import { runScreeningThread } from "./screening-thread.ts";

// A backtest takes minutes, and screens wait for milliseconds.
letEventLoopGoFirst(2);
runScreeningThread();
