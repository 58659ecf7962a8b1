/** The instance types that can be launched and described: families of 2026 and their sizes, approximately. */
import { SOURCE_FAMILIES, SOURCE_METAL_FAMILIES } from './mirror-support.ts';

const OTHER_FAMILIES =
  'c1 c3 c7gn c8a c8g c8gb c8gd c8gn c8i c8id f1 g3s g7e hpc7g hpc8a i7ie i8g i8ge m1 m2 m3 m8a m8azn m8g m8gb m8gd m8gn m8i m8id p2 p5en p6-b200 p6-b300 p6e-gb200 r3 r8a r8g r8gb r8gd r8gn r8i r8id t1 t2 trn2 trn2u x8aedz x8g x8i';

const FAMILIES: ReadonlySet<string> = new Set([...SOURCE_FAMILIES, ...SOURCE_METAL_FAMILIES, ...OTHER_FAMILIES.split(' ')]);
/** Families on the Xen hypervisor; everything later is Nitro. */
const XEN_FAMILIES: ReadonlySet<string> = new Set('c1 c3 c4 d2 g3 g3s h1 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e'.split(' '));
const PREVIOUS_FAMILIES: ReadonlySet<string> = new Set('c1 c3 m1 m2 m3 r3 t1 p2'.split(' '));

const LISTED_SIZES = [
  'micro',
  'small',
  'medium',
  'large',
  'xlarge',
  '2xlarge',
  '4xlarge',
  '8xlarge',
  '12xlarge',
  '16xlarge',
  '24xlarge',
  '48xlarge',
  'metal',
];
const SIZE = /^(nano|micro|small|medium|large|xlarge|\d{1,3}xlarge|metal(-\d{1,3}xl)?)$/;

export interface InstanceTypeFacts {
  readonly instanceType: string;
  readonly bareMetal: boolean;
  /** Undefined for bare metal. */
  readonly hypervisor: 'nitro' | 'xen' | undefined;
  readonly currentGeneration: boolean;
  readonly maximumNetworkInterfaces: number;
}

function interfacesOf(size: string): number {
  if (size === 'nano' || size === 'micro') return 2;
  if (size === 'small' || size === 'medium' || size === 'large') return 3;
  const multiple = size === 'xlarge' ? 1 : Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? 24);
  if (multiple <= 2) return 4;
  return multiple <= 12 ? 8 : 15;
}

/** What is known about a type; undefined for a name of no known family or size. */
export function instanceTypeFacts(instanceType: string): InstanceTypeFacts | undefined {
  const [family = '', size = '', ...rest] = instanceType.split('.');
  if (rest.length > 0 || !FAMILIES.has(family) || !SIZE.test(size)) return undefined;
  const bareMetal = size.startsWith('metal');
  const hypervisor = XEN_FAMILIES.has(family) ? 'xen' : 'nitro';
  return {
    instanceType,
    bareMetal,
    hypervisor: bareMetal ? undefined : hypervisor,
    currentGeneration: !PREVIOUS_FAMILIES.has(family),
    maximumNetworkInterfaces: interfacesOf(size),
  };
}

/** The types that a list without names shows: every family in the usual sizes. */
export function listedInstanceTypes(): InstanceTypeFacts[] {
  return [...FAMILIES].flatMap((family) => LISTED_SIZES.flatMap((size) => instanceTypeFacts(`${family}.${size}`) ?? []));
}
