import { expect, test } from "bun:test";
import { measured, PLAN, scalingTable } from "../../bench/lib/scaling-plan.ts";
import { read } from "../repository/project.ts";

const FIGURES = measured(read("bench/RESULTS.md"), read("docs/capacity.md"));

test("docs/scaling.md has the table that npm run scaling prints for today's figures", () => {
  expect(read("docs/scaling.md")).toContain(`\n${scalingTable(PLAN, FIGURES)}\n`);
});

test("docs/scaling.md names the prices that its table is computed with", () => {
  expect(read("docs/scaling.md")).toContain(`$${PLAN.vcpuHour} for a vCPU and an hour, $${PLAN.gb} for a GB`);
});

test("a plan with twice the clients takes twice the machines for them, but for the one that may be away", () => {
  const nodes = (clients: number): number =>
    Number(/`kline:SYMBOL:1m` \| [^|]+ \| (\d+) /.exec(scalingTable({ ...PLAN, clients }, FIGURES))?.[1]) - 1;
  expect(Math.abs(nodes(8_000_000) - 8 * nodes(1_000_000))).toBeLessThan(8);
});
