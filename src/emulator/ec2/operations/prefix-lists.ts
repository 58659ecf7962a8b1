import type {
  CreateManagedPrefixListRequest,
  CreateManagedPrefixListResult,
  DescribeManagedPrefixListsRequest,
  DescribeManagedPrefixListsResult,
  GetManagedPrefixListEntriesRequest,
  GetManagedPrefixListEntriesResult,
  ManagedPrefixList,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { operation } from '../account.ts';
import { readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { arnOf, checkId, need } from '../ids.ts';
import { checkPaging } from '../paging.ts';
import type { PrefixListRecord } from '../records.ts';
import { checkRange, invalidValue, oneOf, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const TYPE = 'prefix-list';
const BOUNDS = [1, 100] as const;
const FAMILIES = ['IPv4', 'IPv6'] as const;
const tagsIn = (input: CreateManagedPrefixListRequest) => readTagSpecifications(input.TagSpecifications, [TYPE])[TYPE];

function render(view: View, list: PrefixListRecord): ManagedPrefixList {
  return {
    PrefixListId: list.prefixListId,
    PrefixListName: list.prefixListName,
    PrefixListArn: arnOf(view, TYPE, list.prefixListId),
    AddressFamily: list.addressFamily,
    MaxEntries: list.maxEntries,
    State: 'create-complete',
    Version: 1,
    OwnerId: list.ownerId,
    Tags: renderTags(seenTags(view, list.prefixListId)),
  };
}

function entriesIn(input: CreateManagedPrefixListRequest): PrefixListRecord['entries'] {
  const family = oneOf('AddressFamily', required('AddressFamily', input.AddressFamily), FAMILIES);
  return (input.Entries ?? []).map(({ Cidr, Description }) => {
    const cidr = required('Entry.Cidr', Cidr);
    if (readCidr('Entry.Cidr', cidr).family !== family?.toLowerCase())
      throw invalidValue('Entry.Cidr', cidr, 'This is a block of the other family.');
    return { cidr, description: Description };
  });
}

/** Complete at once, and not changed later. */
export const createManagedPrefixList = operation<CreateManagedPrefixListRequest, CreateManagedPrefixListResult>({
  name: 'CreateManagedPrefixList',
  mutating: true,
  check(input) {
    required('PrefixListName', input.PrefixListName);
    checkRange('MaxEntries', required('MaxEntries', input.MaxEntries), 1, 1000);
    if (entriesIn(input).length > (input.MaxEntries ?? 0))
      throw new AwsError('PrefixListMaxEntriesExceeded', 'There are more entries than MaxEntries allows.');
    tagsIn(input);
  },
  authorize: (input, call) => authorization(call, 'CreateManagedPrefixList', [created(call, TYPE, tagsIn(input))]),
  perform(input, call) {
    const { host, world } = call;
    const list: PrefixListRecord = {
      prefixListId: host.newId('pl'),
      prefixListName: required('PrefixListName', input.PrefixListName),
      addressFamily: oneOf('AddressFamily', input.AddressFamily, FAMILIES) ?? 'IPv4',
      maxEntries: required('MaxEntries', input.MaxEntries),
      ownerId: host.accountId,
      entries: entriesIn(input),
    };
    world.prefixLists.put(list.prefixListId, list);
    replaceTags(call, list.prefixListId, tagsIn(input) ?? {}, true);
    return { PrefixList: render(currentView(call), list) };
  },
});

export const getManagedPrefixListEntries = operation<GetManagedPrefixListEntriesRequest, GetManagedPrefixListEntriesResult>({
  name: 'GetManagedPrefixListEntries',
  mutating: false,
  check(input) {
    checkId(TYPE, required('PrefixListId', input.PrefixListId));
    const { MaxResults: maxResults, NextToken: nextToken } = input;
    checkPaging({ ids: undefined, idsParameter: '', maxResults, maxResultsBounds: BOUNDS, nextToken });
  },
  authorize: (input, call) =>
    authorization(call, 'GetManagedPrefixListEntries', [existing(call, TYPE, input.PrefixListId ?? '')]),
  perform(input, call) {
    const { entries } = need(call.world.prefixLists, TYPE, required('PrefixListId', input.PrefixListId), call);
    const page = call.pager.page({
      action: 'GetManagedPrefixListEntries',
      ids: undefined,
      idsParameter: '',
      maxResults: input.MaxResults,
      maxResultsBounds: BOUNDS,
      nextToken: input.NextToken,
      fingerprint: input.PrefixListId ?? '',
      list: () => entries,
      idOf: ({ cidr }) => cidr,
      reread: (cidr) => entries.find((entry) => entry.cidr === cidr),
    });
    return {
      Entries: page.items.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })),
      NextToken: page.nextToken,
    };
  },
});

const FIELDS: FilterFields<PrefixListRecord> = {
  'owner-id': (list) => list.ownerId,
  'prefix-list-id': (list) => list.prefixListId,
  'prefix-list-name': (list) => list.prefixListName,
};

export const describeManagedPrefixLists = operation<DescribeManagedPrefixListsRequest, DescribeManagedPrefixListsResult>({
  name: 'DescribeManagedPrefixLists',
  mutating: false,
  check: (input) => checkDescribe(TYPE, 'PrefixListId', BOUNDS, input.PrefixListIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeManagedPrefixLists',
        type: TYPE,
        idsParameter: 'PrefixListId',
        maxResultsBounds: BOUNDS,
        collection: call.world.prefixLists,
        idOf: (list) => list.prefixListId,
        fields: FIELDS,
        tags: (list) => seenTags(call, list.prefixListId),
      },
      input.PrefixListIds,
      input,
      call,
    );
    return { PrefixLists: page.items.map((list) => render(call, list)), NextToken: page.nextToken };
  },
});
