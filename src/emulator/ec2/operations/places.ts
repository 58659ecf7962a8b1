import type {
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { compileFilters } from '../filtering.ts';
import { invalidValue } from '../refusals.ts';
import { zoneId, zoneNames } from '../zones.ts';

export const describeAvailabilityZones = operation<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult>({
  name: 'DescribeAvailabilityZones',
  mutating: false,
  perform(input, call) {
    const zones = zoneNames(call.host);
    const unknown = (input.ZoneNames ?? []).filter((name) => !zones.includes(name));
    if (unknown[0] !== undefined)
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${unknown.join(', ')}]`);
    const unknownId = (input.ZoneIds ?? []).find((id) => !zones.some((zone) => zoneId(zone) === id));
    if (unknownId !== undefined) throw invalidValue('ZoneId', unknownId, 'There is no such zone.');
    const matches = compileFilters<string>(
      input.Filters,
      {
        fields: {
          'zone-name': (zone) => zone,
          'zone-id': zoneId,
          'region-name': () => call.host.region,
          state: () => 'available',
          'zone-type': () => 'availability-zone',
          'opt-in-status': () => 'opt-in-not-required',
        },
      },
      call,
    );
    const named = (zone: string): boolean =>
      (input.ZoneNames?.includes(zone) ?? true) && (input.ZoneIds?.includes(zoneId(zone)) ?? true);
    return {
      AvailabilityZones: zones
        .filter((zone) => named(zone) && matches(zone))
        .map((zone) => ({
          ZoneName: zone,
          ZoneId: zoneId(zone),
          RegionName: call.host.region,
          State: 'available' as const,
          ZoneType: 'availability-zone',
          OptInStatus: 'opt-in-not-required' as const,
          GroupName: call.host.region,
          NetworkBorderGroup: call.host.region,
          Messages: [],
        })),
    };
  },
});

/** Only the emulated Region. */
export const describeRegions = operation<DescribeRegionsRequest, DescribeRegionsResult>({
  name: 'DescribeRegions',
  mutating: false,
  perform(input, call) {
    const { region } = call.host;
    const endpoint = `ec2.${region}.amazonaws.com`;
    const unknown = (input.RegionNames ?? []).find((name) => name !== region);
    if (unknown !== undefined) throw invalidValue('RegionName', unknown, `Only ${region} is emulated.`);
    const fields = {
      'region-name': (name: string) => name,
      endpoint: () => endpoint,
      'opt-in-status': () => 'opt-in-not-required',
    };
    const matches = compileFilters<string>(input.Filters, { fields }, call);
    return {
      Regions: [region]
        .filter(matches)
        .map((RegionName) => ({ RegionName, Endpoint: endpoint, OptInStatus: 'opt-in-not-required' })),
    };
  },
});
