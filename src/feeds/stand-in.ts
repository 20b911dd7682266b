/** The header by which our stand-ins for exchanges say what their data is. Exchanges don't send it. */
const HEADER = "x-vyx-exchange";

/** The header by which they name the run of their market. */
const MARKET_HEADER = "x-vyx-market";
const MARKET_ID = /^[0-9a-z]{1,40}$/;

/** How a stand-in names its market; undefined where the header is missing or isn't a name. */
export function standInMarket(headers: Headers): string | undefined {
  const said = headers.get(MARKET_HEADER) ?? "";
  return MARKET_ID.test(said) ? said : undefined;
}

/** What a stand-in says that its data is; undefined where the header is missing or says something else. */
export function standInSays(headers: Headers): "recorded" | "simulated" | undefined {
  const said = headers.get(HEADER);
  return said === "recorded" || said === "simulated" ? said : undefined;
}
