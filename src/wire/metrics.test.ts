import { expect, test } from "bun:test";
import { readAnswer } from "./answer-schemas.ts";
import { metricsSchema } from "./metrics.ts";

test("Prometheus' text is read figure by figure", () => {
  const text = `# HELP vyx_sockets WebSockets that are open
# TYPE vyx_sockets gauge
vyx_sockets 3
vyx_requests_total{route="/klines/{symbol}",status="200"} 12
vyx_request_seconds_bucket{route="say \\"a,b\\"\\n",le="+Inf"} 1.5e3 1770681600000
vyx_odd NaN
not a figure
vyx_far +Inf
`;
  expect(readAnswer(metricsSchema, text)).toEqual({
    answer: [
      { name: "vyx_sockets", labels: {}, value: 3 },
      { name: "vyx_requests_total", labels: { route: "/klines/{symbol}", status: "200" }, value: 12 },
      { name: "vyx_request_seconds_bucket", labels: { route: 'say "a,b"\n', le: "+Inf" }, value: 1_500 },
      { name: "vyx_far", labels: {}, value: Number.POSITIVE_INFINITY },
    ],
  });
});
