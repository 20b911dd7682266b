import { adx } from "./adx.ts";
import { atr } from "./atr.ts";
import { bollinger } from "./bollinger.ts";
import { cci } from "./cci.ts";
import { crossOver } from "./cross-over.ts";
import { crossUnder } from "./cross-under.ts";
import { donchian } from "./donchian.ts";
import { ema } from "./ema.ts";
import { highest } from "./highest.ts";
import type { Indicator } from "./indicator.ts";
import { keltner } from "./keltner.ts";
import { lowest } from "./lowest.ts";
import { macd } from "./macd.ts";
import { mfi } from "./mfi.ts";
import { obv } from "./obv.ts";
import { roc } from "./roc.ts";
import { rsi } from "./rsi.ts";
import { sma } from "./sma.ts";
import { stochRsi } from "./stoch-rsi.ts";
import { stochastic } from "./stochastic.ts";
import { supertrend } from "./supertrend.ts";
import { volumeAverage } from "./volume-average.ts";
import { vwap } from "./vwap.ts";
import { williamsR } from "./williams-r.ts";
import { wma } from "./wma.ts";

/** All indicators, in the order in which they are documented. Filters know them by these names. */
export const INDICATORS: readonly Indicator[] = [
  sma,
  ema,
  wma,
  vwap,
  rsi,
  macd,
  stochastic,
  stochRsi,
  bollinger,
  atr,
  adx,
  cci,
  mfi,
  obv,
  roc,
  williamsR,
  keltner,
  donchian,
  supertrend,
  highest,
  lowest,
  crossOver,
  crossUnder,
  volumeAverage,
];
