import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientToken } from '../../../src/reconcile/client-token.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/reconcile/client-token.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

describe('clientToken', () => {
  it('is 64 ASCII characters for any request and salt', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (request, salt) => {
        expect(clientToken(request, salt)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('is the same for the same request and salt', () => {
    const request = { eniId: 'eni-1', tags: { Name: 'a' } };
    expect(clientToken(request, '1.0')).toBe(clientToken(structuredClone(request), '1.0'));
  });

  it.each([
    ['another salt', { eniId: 'eni-1' }, '1.1'],
    ['another value', { eniId: 'eni-2' }, '1.0'],
    ['another field', { eniId: 'eni-1', packetLength: 96 }, '1.0'],
    ['text moved between request and salt', { eniId: 'eni-1,1' }, '.0'],
  ])('differs for %s', (_what, request, salt) => {
    expect(clientToken(request, salt)).not.toBe(clientToken({ eniId: 'eni-1' }, '1.0'));
  });
});
