/** The day of the tables below, which restate https://docs.aws.amazon.com/vpc/latest/mirroring/what-is-traffic-mirroring.html#supported-instance-types */
export const instanceTypesAsOf = '2026-09-26';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Families whose virtualized sizes AWS lists as sources. */
export const virtualizedFamilies: readonly string[] = words(`
  a1 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex
  mac1 mac2 mac2-m1ultra mac2-m2 mac2-m2pro t3 t3a t4g
  c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7i c7i-flex
  r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz
  u-3tb1 u-6tb1 u-9tb1 u-12tb1 u-18tb1 u-24tb1 u7i-6tb u7i-8tb u7i-12tb u7in-16tb u7in-24tb u7in-32tb u7inh-32tb
  x1 x1e x2gd x2idn x2iedn x2iezn z1d
  d2 d3 d3en h1 i3 i3en i4g i4i i7i im4gn is4gen
  dl1 dl2q f2 g3 g4ad g4dn g5 g5g g6 g6e g6f gr6 gr6f inf1 inf2 p3 p3dn p4d p4de p5 p5e trn1 trn1n vt1
  hpc6a hpc6id hpc7a
`);

/** Families whose bare metal sizes (`metal`, `metal-24xl`, …) AWS lists as sources. */
export const bareMetalFamilies: readonly string[] = words(`
  a1 m5 m5d m6g m6gd mac1 mac2 mac2-m1ultra mac2-m2 mac2-m2pro
  c5 c5d c6g c6gd r5 r5b r5d r6g r6gd x2gd z1d i3 g5g
`);

/**
 * Families that AWS has never listed: t2, and the generations that were old when Traffic Mirroring began.
 * https://aws.amazon.com/ec2/previous-generation/ and the list of non-Nitro types of February 2021, in which none of them is.
 */
export const neverSupportedFamilies: readonly string[] = words('t1 t2 m1 m2 m3 c1 c3 cc1 cc2 cg1 cr1 g2 hi1 hs1 i2 r3');

const virtualized = new Set(virtualizedFamilies);
const bareMetal = new Set(bareMetalFamilies);
const neverSupported = new Set(neverSupportedFamilies);

/** `listed`: AWS says yes. `never`: not worth a call. `unlisted`: AWS's page does not name it, so only the API can tell. */
export type SourceSupport = 'listed' | 'never' | 'unlisted';

/**
 * What the table says of an instance type as a source, e.g. `m5.large` or `u7i-12tb.224xlarge`; case does not count.
 * The table warns, the API decides: only `never` is ground to refuse without asking it.
 */
export function sourceSupport(instanceType: string): SourceSupport {
  const [family = '', size = ''] = instanceType.toLowerCase().split('.', 2);
  if (neverSupported.has(family)) return 'never';
  const listed = size.startsWith('metal') ? bareMetal : virtualized;
  return listed.has(family) ? 'listed' : 'unlisted';
}
