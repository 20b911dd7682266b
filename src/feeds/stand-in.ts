/** The header by which our stand-ins for exchanges say what their data is. Exchanges don't send it. */
const HEADER = "x-vyx-exchange";

/** What a stand-in says that its data is; undefined where the header is missing or says something else. */
export function standInSays(headers: Headers): "recorded" | "simulated" | undefined {
  const said = headers.get(HEADER);
  return said === "recorded" || said === "simulated" ? said : undefined;
}
