import { DescribeTagsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { Tags } from '../model/tags.ts';
import { toTagOfNetwork } from './convert.ts';
import { pageSize, pages } from './pages.ts';

/** How the tags of networks are read; of its own, for a function whose policy asks for none is packaged without. */
export type ListNetworkTags = (
  client: EC2Client,
  options: () => { readonly abortSignal: AbortSignal },
) => Promise<ReadonlyMap<string, Tags>>;

/** Reads the tags of all VPCs and subnets with one paged DescribeTags. */
export const listNetworkTags: ListNetworkTags = async (client, options) => {
  const Filters = [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }];
  const tags = await pages(async (NextToken) => {
    const page = await client.send(new DescribeTagsCommand({ Filters, MaxResults: pageSize, NextToken }), options());
    return [(page.Tags ?? []).map(toTagOfNetwork), page.NextToken];
  });
  return tagsByNetwork(tags);
};

/** Tags as they are listed, one by one, by the id of the VPC or subnet. */
export function tagsByNetwork(listed: readonly ReturnType<typeof toTagOfNetwork>[]): ReadonlyMap<string, Tags> {
  const byNetwork = new Map<string, Tags>();
  for (const { networkId, tag } of listed) byNetwork.set(networkId, { ...byNetwork.get(networkId), ...tag });
  return byNetwork;
}
