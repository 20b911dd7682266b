/** A call of the SDK that asks a route. */
export interface SdkCall {
  /** What has the method, or undefined for a function of the package, which takes the server's options first. */
  readonly on?: "client" | "client.traders" | "client.signals" | "destinations" | "priceAlerts";
  readonly name: string;
  /** Whether the values of the body are arguments, in place of the body. */
  readonly spreadsBody?: true;
  /** Whether it is an async iterable. */
  readonly isIterable?: true;
}

const client = (name: string): SdkCall => ({ on: "client", name });
const traders = (name: string): SdkCall => ({ on: "client.traders", name });
const destinations = (name: string): SdkCall => ({ on: "destinations", name });
const priceAlerts = (name: string): SdkCall => ({ on: "priceAlerts", name });

/** The calls of the SDK by the route that they ask. */
export const SDK_CALLS: Readonly<Record<string, SdkCall>> = {
  "GET /klines/{symbol}/{interval}": client("klines"),
  "GET /klines": client("series"),
  "GET /tickers": client("tickers"),
  "GET /ticker/{symbol}": client("ticker"),
  "GET /symbols": client("symbols"),
  "GET /closes": client("closes"),
  "GET /coverage/{symbol}/{interval}": client("coverage"),
  "GET /health": client("health"),
  "GET /ready": client("ready"),
  "GET /serving": client("serving"),
  "GET /page-settings": client("pageSettings"),
  "GET /metrics": client("metrics"),
  "GET /figures": client("figures"),
  "POST /screen": client("screen"),
  "POST /preview": client("preview"),
  "POST /explain": { name: "explain" },
  "POST /misses": { name: "nearestMisses" },
  "POST /backtest": { name: "backtest", isIterable: true },
  "POST /outcomes": { name: "outcomes" },
  "POST /performance": { name: "comparison" },
  "GET /functions/v1/traders": traders("list"),
  "POST /functions/v1/traders": traders("create"),
  "POST /functions/v1/traders/validate": traders("validate"),
  "GET /functions/v1/traders/{id}": traders("read"),
  "PATCH /functions/v1/traders/{id}": traders("update"),
  "DELETE /functions/v1/traders/{id}": traders("delete"),
  "POST /functions/v1/traders/{id}/enable": { ...traders("enable"), spreadsBody: true },
  "GET /functions/v1/traders/{id}/versions": traders("versions"),
  "GET /functions/v1/traders/{id}/executions": traders("executions"),
  "GET /functions/v1/traders/{id}/performance": traders("performance"),
  "GET /functions/v1/signals": { on: "client.signals", name: "list" },
  "GET /functions/v1/destinations": destinations("list"),
  "POST /functions/v1/destinations": destinations("create"),
  "PATCH /functions/v1/destinations/{id}": destinations("update"),
  "DELETE /functions/v1/destinations/{id}": destinations("delete"),
  "POST /functions/v1/destinations/{id}/test": destinations("test"),
  "POST /functions/v1/destinations/{id}/confirm": { ...destinations("confirm"), spreadsBody: true },
  "POST /functions/v1/destinations/{id}/code": destinations("mailCode"),
  "POST /functions/v1/destinations/{id}/again": { ...destinations("again"), spreadsBody: true },
  "GET /functions/v1/destinations/{id}/deliveries": destinations("deliveries"),
  "GET /functions/v1/price-alerts": priceAlerts("list"),
  "POST /functions/v1/price-alerts": priceAlerts("create"),
  "PATCH /functions/v1/price-alerts/{id}": priceAlerts("update"),
  "DELETE /functions/v1/price-alerts/{id}": priceAlerts("delete"),
  "GET /functions/v1/price-alerts/events": priceAlerts("events"),
};
