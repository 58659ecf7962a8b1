import { describe, expect, it } from 'vitest';
import { parseFlow } from '../../../src/doctor/flow.ts';

describe('parseFlow', () => {
  it.each([
    ['tcp:10.0.0.5:443', { protocol: 6, peer: '10.0.0.5', peerPort: 443, ownPort: 'any' }],
    ['TCP:10.0.0.5:*:22', { protocol: 6, peer: '10.0.0.5', peerPort: 'any', ownPort: 22 }],
    ['udp:[2001:db8::5]:53', { protocol: 17, peer: '2001:db8::5', peerPort: 53, ownPort: 'any' }],
    ['icmp:10.0.0.5', { protocol: 1, peer: '10.0.0.5', peerPort: 'any', ownPort: 'any' }],
    ['47:10.0.0.5', { protocol: 47, peer: '10.0.0.5', peerPort: 'any', ownPort: 'any' }],
    ['tcp:10.0.0.5:0:65535', { peerPort: 0, ownPort: 65_535 }],
  ])('reads %s', (text, flow) => {
    expect(parseFlow(text)).toMatchObject({ ...flow, text });
  });

  it.each([
    ['', /is no flow; write one such as/],
    ['tcp', /is no flow/],
    ['tcp:10.0.0.5:443:1:2', /is no flow/],
    ['tcp:10.0.0:443', /"10\.0\.0" is no IP address/],
    ['tcp:host:443', /"host" is no IP address/],
    ['tcp:[10.0.0.300]:443', /is no IP address/],
    ['tcpx:10.0.0.5:443', /"tcpx" is no protocol/],
    ['256:10.0.0.5', /"256" is no protocol/],
    ['tcp:10.0.0.5:65536', /has no port/],
    ['tcp:10.0.0.5:http', /has no port/],
  ])('says what is wrong with "%s"', (text, problem) => {
    const flow = parseFlow(text);
    expect('problem' in flow ? flow.problem : '').toMatch(problem);
  });
});
