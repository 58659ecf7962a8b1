import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthorizationRequest, AuthorizedResource, Authorizer, Caller } from '../../../src/emulator/core.ts';
import { parsePolicy } from '../../../src/emulator/iam/policy-document.ts';
import { createRoleAuthorizer } from '../../../src/emulator/iam/role-authorizer.ts';
import { loadServiceFacts, type ServiceFacts } from '../../../src/emulator/iam/service-facts.ts';

const ROLE = 'arn:aws:iam::111122223333:role/worker';
const worker: Caller = {
  accountId: '111122223333',
  arn: 'arn:aws:sts::111122223333:assumed-role/worker/fn',
  accessKeyId: 'ASIAEXAMPLE',
  principalId: 'AROAEXAMPLE:fn',
  kind: 'role',
  roleArn: ROLE,
};

/** The least-privilege role of a tool that owns what it has tagged. */
const OWNER_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'ec2:CreateTrafficMirrorSession',
      Resource: 'arn:aws:ec2:eu-west-1:111122223333:traffic-mirror-session/*',
      Condition: { StringEquals: { 'aws:RequestTag/owner': 'app' } },
    },
    {
      Effect: 'Allow',
      Action: 'ec2:CreateTrafficMirrorSession',
      Resource: ['network-interface', 'traffic-mirror-filter', 'traffic-mirror-target'].map(
        (type) => `arn:aws:ec2:eu-west-1:*:${type}/*`,
      ),
    },
    {
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: 'arn:aws:ec2:eu-west-1:111122223333:traffic-mirror-session/*',
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateTrafficMirrorSession' } },
    },
    {
      Effect: 'Allow',
      Action: 'ec2:DeleteTrafficMirrorSession',
      Resource: 'arn:aws:ec2:eu-west-1:111122223333:traffic-mirror-session/*',
      Condition: { StringEquals: { 'aws:ResourceTag/owner': 'app' } },
    },
  ],
};

const resource = (type: string, id: string, tags: Partial<AuthorizedResource> = {}): AuthorizedResource => ({
  type,
  arn: `arn:aws:ec2:eu-west-1:111122223333:${type}/${id}`,
  ...tags,
});

const createSession = (requestTags: Record<string, string>): AuthorizationRequest => ({
  action: 'ec2:CreateTrafficMirrorSession',
  resources: [
    resource('traffic-mirror-session', '*', { requestTags }),
    resource('network-interface', 'eni-1', { resourceTags: { env: 'prod' } }),
    resource('traffic-mirror-filter', 'tmf-1'),
    resource('traffic-mirror-target', 'tmt-1'),
  ],
  context: { 'ec2:Region': 'eu-west-1' },
});

describe('authorization of a role session', () => {
  let facts: ServiceFacts;
  let authorizer: Authorizer;
  const withPolicy = (document: unknown): Authorizer =>
    createRoleAuthorizer({ facts, policiesOf: (arn) => (arn === ROLE ? [parsePolicy(document)] : []) });

  beforeAll(async () => {
    facts = await loadServiceFacts(['ec2', 'sqs']);
    authorizer = withPolicy(OWNER_POLICY);
  });

  it('allows users everything', () => {
    const { roleArn: _, ...user } = worker;
    expect(authorizer.deny({ ...user, kind: 'user' }, { action: 'ec2:TerminateInstances', resources: [] })).toBeUndefined();
  });

  it('allows a create whose every resource is allowed by some statement', () => {
    expect(authorizer.deny(worker, createSession({ owner: 'app' }))).toBeUndefined();
  });

  it.each([
    ['another owner', { owner: 'other' }],
    ['no tag', {}],
  ])('refuses a create with %s, in the words of AWS', (_, tags) => {
    expect(authorizer.deny(worker, createSession(tags))).toBe(
      'User: arn:aws:sts::111122223333:assumed-role/worker/fn is not authorized to perform: ec2:CreateTrafficMirrorSession on resource: ' +
        'arn:aws:ec2:eu-west-1:111122223333:traffic-mirror-session/* because no identity-based policy allows the ec2:CreateTrafficMirrorSession action',
    );
  });

  it('refuses a create when one of its resources is not allowed', () => {
    const request = createSession({ owner: 'app' });
    const foreign = {
      ...resource('network-interface', 'eni-9'),
      arn: 'arn:aws:ec2:us-east-1:111122223333:network-interface/eni-9',
    };
    expect(authorizer.deny(worker, { ...request, resources: [...request.resources, foreign] })).toContain('eni-9 because');
  });

  it('allows tagging only as part of the create', () => {
    const request = {
      action: 'ec2:CreateTags',
      resources: [resource('traffic-mirror-session', '*', { requestTags: { owner: 'app' } })],
    };
    expect(
      authorizer.deny(worker, { ...request, context: { 'ec2:CreateAction': 'CreateTrafficMirrorSession' } }),
    ).toBeUndefined();
    expect(authorizer.deny(worker, request)).toContain('ec2:CreateTags');
  });

  it.each([
    ['ours', { owner: 'app' }, true],
    ['of another owner', { owner: 'other' }, false],
    ['without tags', {}, false],
  ])('decides on deleting a session %s by its resource tag', (_, resourceTags, allowed) => {
    const denial = authorizer.deny(worker, {
      action: 'ec2:DeleteTrafficMirrorSession',
      resources: [resource('traffic-mirror-session', 'tms-1', { resourceTags })],
    });
    expect(denial === undefined).toBe(allowed);
  });

  it('leaves a condition key unset where AWS does not support it', () => {
    // aws:RequestTag exists for the new session only, so this statement can never allow the interface.
    const strict = withPolicy({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'ec2:CreateTrafficMirrorSession',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/owner': 'app' } },
      },
    });
    const tagged = createSession({ owner: 'app' });
    const everywhere = tagged.resources.map((item) => ({ ...item, requestTags: { owner: 'app' } }));
    expect(strict.deny(worker, { ...tagged, resources: everywhere })).toContain('network-interface/eni-1');
  });

  it('knows keys the action supports whatever the resource', () => {
    const regional = withPolicy({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'ec2:Describe*',
        Resource: '*',
        Condition: { StringEquals: { 'ec2:region': 'eu-west-1' } },
      },
    });
    const ask = (region: string) =>
      regional.deny(worker, { action: 'ec2:DescribeInstances', resources: [], context: { 'ec2:Region': region } });
    expect(ask('eu-west-1')).toBeUndefined();
    expect(ask('us-east-1')).toContain('on resource: *');
  });

  it('says when a deny statement decided', () => {
    const denying = withPolicy({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'sqs:PurgeQueue', Resource: '*' },
      ],
    });
    const request = { action: 'sqs:PurgeQueue', resources: [{ type: 'queue', arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }] };
    expect(denying.deny(worker, request)).toMatch(/sqs:q with|:q with an explicit deny in an identity-based policy$/);
  });

  it('denies a role it has no policies of', () => {
    expect(authorizer.deny({ ...worker, roleArn: `${ROLE}2` }, { action: 'ec2:DescribeInstances', resources: [] })).toContain(
      'because no',
    );
  });

  it('refuses to load a service AWS does not have', async () => {
    await expect(loadServiceFacts(['ec3'])).rejects.toThrow('"ec3"');
  });
});
