import { expect, test } from "bun:test";
import { screensOf, TIMES } from "../../tests/helpers/screens.ts";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import { ScreenerBusy, TooManyChecks } from "../traders/mod.ts";
import { ThreadScreener } from "./thread-screener.ts";

test("a check for which there is no room says whether the caller's own checks take it", async () => {
  const { store, server } = serveMarket();
  await server.stop();
  const failureOf = async (perCaller: number, total: number): Promise<unknown> => {
    const screens = screensOf(store, { bounds: { perCaller, total } });
    const screener = new ThreadScreener(screens, screens, TIMES);
    const failure = await screener.check("return true;", undefined, { caller: "anna" }).catch((cause) => cause);
    screens.stop();
    return failure;
  };
  expect(await failureOf(0, 10)).toBeInstanceOf(TooManyChecks);
  expect(await failureOf(10, 0)).toBeInstanceOf(ScreenerBusy);
});
