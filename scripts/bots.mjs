// Lets 200 bots on ccxt poll a server in Binance's place, then the exchange: npm run bots -- --bots 200 --symbols 20 --seconds 60
import { runProgram } from "./lib/run-program.mjs";

runProgram("bots", "tests/bots/main.ts");
