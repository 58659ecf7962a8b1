import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../../src/plan/plan.ts';
import { type PlanCase, planInput } from '../../support/plan/notation.ts';
import { renderPlan, renderShadows } from '../../support/plan/render.ts';

const folder = new URL('../../cases/plan/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort();

function readCases(file: string): readonly PlanCase[] {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

describe.each(files)('%s', (file) => {
  it.each(readCases(file))('$name', (planCase) => {
    const input = planInput(planCase);
    const plan = buildPlan(input);
    expect(renderPlan(plan, input.policy)).toEqual(planCase.expect);
    if (planCase.shadows !== undefined) expect(renderShadows(plan)).toEqual(planCase.shadows);
  });
});
