import { describe, expect, it } from 'vitest';
import {
  bareMetalFamilies,
  neverSupportedFamilies,
  sourceSupport,
  virtualizedFamilies,
} from '../../../src/policy/instance-types.ts';

const split = (text: string) => text.trim().split(/\s+/);

/** The page's lists in its own grouping, apart from the product's table. */
const virtualized = split(`
  a1 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex mac1 mac2 mac2-m1ultra mac2-m2 mac2-m2pro t3 t3a t4g
  c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7i c7i-flex
  r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz u-3tb1 u-6tb1 u-9tb1 u-12tb1 u-18tb1 u-24tb1 u7i-6tb
  u7i-8tb u7i-12tb u7in-16tb u7in-24tb u7in-32tb u7inh-32tb x1 x1e x2gd x2idn x2iedn x2iezn z1d
  d2 d3 d3en h1 i3 i3en i4g i4i i7i im4gn is4gen
  dl1 dl2q f2 g3 g4ad g4dn g5 g5g g6 g6e g6f gr6 gr6f inf1 inf2 p3 p3dn p4d p4de p5 p5e trn1 trn1n vt1
  hpc6a hpc6id hpc7a`);
const metal = split(
  'a1 m5 m5d m6g m6gd mac1 mac2 mac2-m1ultra mac2-m2 mac2-m2pro c5 c5d c6g c6gd r5 r5b r5d r6g r6gd x2gd z1d i3 g5g',
);
const absent = split('m8g m8a c8g r8i x8g c7gn i7ie i8g p5en p6-b200 trn2 g7e hpc7g hpc8a p2 g3s f1');

describe('the table of source instance types', () => {
  it.each(virtualized)('lists the virtualized sizes of %s', (family) => {
    expect(sourceSupport(`${family}.large`)).toBe('listed');
  });

  it.each(metal)('lists bare metal of %s', (family) => {
    expect(sourceSupport(`${family}.metal`)).toBe('listed');
    expect(sourceSupport(`${family}.metal-24xl`)).toBe('listed');
  });

  it.each(split('m5n m6i c7g r7iz i4i m5zn'))(
    'does not list bare metal of %s, although it lists its virtualized sizes',
    (family) => {
      expect(sourceSupport(`${family}.large`)).toBe('listed');
      expect(sourceSupport(`${family}.metal`)).toBe('unlisted');
      expect(sourceSupport(`${family}.metal-32xl`)).toBe('unlisted');
    },
  );

  it.each(absent)('leaves %s to EC2', (family) => {
    expect(sourceSupport(`${family}.large`)).toBe('unlisted');
  });

  it.each(split('t1 t2 m1 m2 m3 c1 c3 cc1 cc2 cg1 cr1 g2 hi1 hs1 i2 r3'))('knows that %s never was supported', (family) => {
    expect(sourceSupport(`${family}.large`)).toBe('never');
  });

  it('holds each family once, and none that is both listed and never supported', () => {
    expect([...virtualizedFamilies].sort()).toEqual([...new Set(virtualized)].sort());
    expect([...bareMetalFamilies].sort()).toEqual([...new Set(metal)].sort());
    expect(neverSupportedFamilies.filter((family) => virtualized.includes(family) || metal.includes(family))).toEqual([]);
  });

  it('compares without regard to case and keeps names with hyphens apart', () => {
    expect(sourceSupport('U7I-12TB.224xlarge')).toBe('listed');
    expect(sourceSupport('u7i-13tb.224xlarge')).toBe('unlisted');
  });

  it.each(['', '.', 'm5', 'T2', 'constructor.large', 'm5.large.extra'])('has an answer for %j', (type) => {
    expect(['listed', 'never', 'unlisted']).toContain(sourceSupport(type));
  });
});
