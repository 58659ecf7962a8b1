import { describe, expect, it } from 'vitest';
import { convertSample } from '../../../src/migrate/convert-sample.ts';
import { formatIssues } from '../../../src/policy/source/format-issues.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';

const tmf = 'tmf-0123456789abcdef0';
const tmt = 'tmt-0123456789abcdef0';

function converted(text: string) {
  const result = convertSample(text, 'config/eu-west-1.yaml');
  if ('issues' in result) throw new Error(formatIssues(result.issues));
  const parsed = parsePolicy(result.policy, 'policy.yml');
  if ('issues' in parsed) throw new Error(`${formatIssues(parsed.issues)}\n${result.policy}`);
  return { text: result.policy, toDo: result.toDo, policy: parsed.policy };
}

function issues(text: string): readonly string[] {
  const result = convertSample(text, 'config/eu-west-1.yaml');
  return 'issues' in result ? formatIssues(result.issues).split('\n') : [];
}

describe('a file of the AWS sample', () => {
  it('becomes a policy in the sample’s order, with the line that each part comes from', () => {
    const { text, toDo } = converted(`vpcs:
- vpcId: vpc-0123456789abcdef0
  filterId: ${tmf}
  targetId: ${tmt}
tags:
- tagList: [{ Key: env, Value: prod }, { Key: team, Value: payments }]
  filterId: ${tmf}
  targetId: ${tmt}
- tagList: [{ Key: mirror, Value: 1.10 }]
  filterId: tmf-0123456789abcdef1
  targetId: ${tmt}
`);
    expect(text).toBe(`# What eu-west-1.yaml of aws-vpc-traffic-mirroring-source-automation says, as a policy of automirror.

version: 1
targets:
  # eu-west-1.yaml:6
  target-1:
    zone: ignore
    members: [ { id: ${tmt} } ]
filters:
  # eu-west-1.yaml:6
  filter-1: { id: ${tmf} }
  # eu-west-1.yaml:9
  filter-2: { id: tmf-0123456789abcdef1 }
never:
  # sensors in these networks: tag them mirror=false
  - { tag: { mirror: "false" } }
rules:
  # eu-west-1.yaml:6
  - name: tags-1
    match: { any: [ { tag: { env: prod } }, { tag: { team: payments } } ] }
    sessions: [ { target: target-1, filter: filter-1, sessionNumber: 100 } ]
  # eu-west-1.yaml:9
  - name: tags-2
    match: { tag: { mirror: "1.10" } }
    sessions: [ { target: target-1, filter: filter-2, sessionNumber: 100 } ]
  # eu-west-1.yaml:2
  - name: vpcs-1
    match: { vpc: vpc-0123456789abcdef0 }
    sessions: [ { target: target-1, filter: filter-1, sessionNumber: 100 } ]
`);
    expect(toDo).toEqual([expect.stringMatching(/^eu-west-1\.yaml: the sample mirrors the first interface of an instance only/)]);
  });

  it('has a pool to be filled where the sample launches sensors, and says so', () => {
    const { policy, toDo } = converted(`subnets:
- subnetId: subnet-0123456789abcdef0
  filterId: ${tmf}
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-0123456789abcdef0
  targetSecurityGroupIds: [sg-1, sg-2]
  targetSubnetId: subnet-5e6f7a8b
`);
    expect(policy.pools['subnets-1']).toMatchObject({ members: [] });
    expect(toDo[0]).toBe(
      'eu-west-1.yaml:2: the sample launches sensors here (t3.micro from ami-0123456789abcdef0), and automirror does not: give the pool "subnets-1" members, or tag your targets automirror:target=subnets-1; until then what this rule selects is refused',
    );
  });

  it('reads as the sample reads what it comes with: <INSERT_VALUE> is nothing', () => {
    const { policy } = converted(`vpcs:
- vpcId: vpc-0123456789abcdef0
  filterId: ${tmf}
  targetId: ${tmt}
  targetInstanceType: <INSERT_VALUE>
  targetSubnetId:
tags: <INSERT_VALUE>
`);
    expect(policy.rules.map(({ name }) => name)).toEqual(['vpcs-1']);
  });

  it('says where a value of a tag is read as a pattern here', () => {
    expect(converted(`tags:\n- tagList: [{ Key: team, Value: pay* }]\n  filterId: ${tmf}\n  targetId: ${tmt}\n`).toDo).toContain(
      'eu-west-1.yaml:2: in the value "pay*" of the tag team, * and ? stand for any text and any character here',
    );
  });

  const file = 'config/eu-west-1.yaml';
  it.each([
    ['', [`${file}:1:1: expected tags, subnets or vpcs, found none of them`]],
    ['vpcs: []', [`${file}:1:7: vpcs: expected at least one entry; leave the key out for none, found an empty list`]],
    ['- vpcs', [`${file}:1:1: expected a map with tags, subnets or vpcs, found a list of 1`]],
    [
      'tags:\n- tagList:\n  - Key: env\n  filterID: tmf-0123456789abcdef0\n',
      [
        `${file}:2:3: tags[0].filterId: is missing; expected a filter id such as tmf-0123456789abcdef0`,
        `${file}:3:5: tags[0].tagList[0].Value: is missing; expected a tag value`,
        `${file}:4:3: tags[0].filterID: unknown key "filterID"; did you mean "filterId"?`,
      ],
    ],
    [
      'subnets:\n- subnetId: vpc-1\n  filterId: <INSERT_VALUE>\n',
      [
        `${file}:2:13: subnets[0].subnetId: expected a subnet id such as subnet-0123456789abcdef0, found "vpc-1"`,
        `${file}:3:13: subnets[0].filterId: expected a filter id such as tmf-0123456789abcdef0, found "<INSERT_VALUE>"`,
      ],
    ],
  ])('that is none is refused with every issue and its place: %j', (text, expected) => {
    expect(issues(text)).toEqual(expected);
  });
});
