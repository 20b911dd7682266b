import { defaultHorzScaleBehavior, type IHorzScaleBehavior, TickMarkType, type Time } from "lightweight-charts";
import { momentText, offsetMinutes, shifted, type TimeZone } from "../text/time-zone.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

type Axis = IHorzScaleBehavior<Time>;
const TimeAxis: new () => Axis = defaultHorzScaleBehavior();

/** A time axis whose days, months and years begin where those of the zone do. The library knows those of UTC alone. */
export class ZonedTimeAxis extends TimeAxis {
  readonly #zoneOf: () => TimeZone;

  constructor(zoneOf: () => TimeZone) {
    super();
    this.#zoneOf = zoneOf;
  }

  override fillWeightsForPoints(points: Parameters<Axis["fillWeightsForPoints"]>[0], startIndex: number): void {
    const zone = this.#zoneOf();
    if (zone === "utc") {
      super.fillWeightsForPoints(points, startIndex);
      return;
    }
    const moved = points.map((point) => {
      const moment = Number(point.originalTime) * 1_000;
      const time = shifted(moment, offsetMinutes(moment, zone)) / 1_000;
      return { ...point, time: this.convertHorzItemToInternal(time as Time) };
    });
    super.fillWeightsForPoints(moved, startIndex);
    for (const [at, point] of points.entries()) point.timeWeight = moved[at]?.timeWeight ?? point.timeWeight;
  }
}

/** The text of a mark on the time axis, such as "14:05", "10", "Feb" or "2026". */
export function tickText(moment: number, kind: TickMarkType, aheadMinutes: number): string {
  const date = new Date(shifted(moment, aheadMinutes));
  const text = date.toISOString();
  switch (kind) {
    case TickMarkType.Year:
      return text.slice(0, 4);
    case TickMarkType.Month:
      return MONTHS[date.getUTCMonth()] ?? "";
    case TickMarkType.DayOfMonth:
      return String(date.getUTCDate());
    case TickMarkType.TimeWithSeconds:
      return text.slice(11, 19);
    default:
      return text.slice(11, 16);
  }
}

/** The chart's options by which it writes times in a zone. */
export function timeFormats(zone: TimeZone): {
  readonly localization: { readonly timeFormatter: (time: Time) => string };
  readonly timeScale: { readonly tickMarkFormatter: (time: Time, kind: TickMarkType) => string };
} {
  const momentOf = (time: Time): number => Number(time) * 1_000;
  return {
    localization: { timeFormatter: (time) => momentText(momentOf(time), zone) },
    timeScale: {
      tickMarkFormatter: (time, kind) => tickText(momentOf(time), kind, offsetMinutes(momentOf(time), zone)),
    },
  };
}
