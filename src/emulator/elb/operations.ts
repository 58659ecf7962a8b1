/** The operations of the emulated ELB. Source: Elastic Load Balancing API Reference, 2015-12-01. */
import { z } from 'zod';
import { AwsError, type ServiceRequest } from '../core.ts';
import { type Element, numeric, type QueryOperation, queryOperation } from '../query-protocol.ts';
import { type ElbStore, type LoadBalancerRecord, needLoadBalancer, needTargetGroup } from './elb.ts';
import { renderHealth, renderListener, renderLoadBalancer, renderTargetGroup } from './render.ts';

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';
const PROTOCOLS = ['TCP', 'UDP', 'TCP_UDP', 'TLS'] as const;
const name = z.string().regex(/^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/, 'must be up to 32 letters, digits and hyphens');
const names = z.array(z.string()).optional();
const actions = z.array(
  z.object({
    Type: z.literal('forward'),
    TargetGroupArn: z.string().optional(),
    ForwardConfig: z.object({ TargetGroups: z.array(z.object({ TargetGroupArn: z.string() })) }).optional(),
  }),
);
const targets = z.array(z.object({ Id: z.string(), Port: numeric.optional() }));

export function elbOperations(store: ElbStore): Readonly<Record<string, QueryOperation>> {
  const { host, ec2 } = store;
  /** Every operation here is asked about resource `*`, which is all that reading needs. */
  const guarded =
    (action: string, run: QueryOperation): QueryOperation =>
    (input, request) => {
      authorize(action, request);
      return run(input, request);
    };
  function authorize(action: string, request: ServiceRequest): void {
    const denial = host.authorizer.deny(request.caller, { action: `elasticloadbalancing:${action}`, resources: [] });
    if (denial !== undefined)
      throw new AwsError(
        'AccessDenied',
        `User: ${request.caller.arn} is not authorized to perform: elasticloadbalancing:${action}`,
        403,
      );
  }
  const arnOf = (kind: string) =>
    `arn:${host.partition}:elasticloadbalancing:${host.region}:${host.accountId}:${kind}/${host.newId('x').slice(2, 18)}`;

  const operations: Readonly<Record<string, QueryOperation>> = {
    CreateLoadBalancer: queryOperation(
      z.object({
        Name: name,
        Type: z.literal('network', 'the emulated load balancers are of type network'),
        Scheme: z.enum(['internal', 'internet-facing']).optional(),
        Subnets: z.array(z.string()).min(1),
        SecurityGroups: names,
      }),
      (input) => {
        if ([...store.loadBalancers.values()].some((other) => other.name === input.Name))
          throw new AwsError('DuplicateLoadBalancerName', `A load balancer with the same name '${input.Name}' exists`);
        const chosen = input.Subnets.map((id) => {
          const subnet = ec2.world.subnets().find(({ subnetId }) => subnetId === id);
          if (subnet === undefined) throw new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
          return subnet;
        });
        if (new Set(chosen.map(({ availabilityZone }) => availabilityZone)).size < chosen.length)
          throw new AwsError(
            'InvalidConfigurationRequest',
            'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
          );
        const arn = arnOf(`loadbalancer/net/${input.Name}`);
        const groupIds = input.SecurityGroups ?? [];
        const record: LoadBalancerRecord = {
          arn,
          name: input.Name,
          scheme: input.Scheme ?? 'internet-facing',
          vpcId: chosen[0]?.vpcId ?? '',
          state: 'active',
          subnets: chosen.map(({ subnetId, availabilityZone }) => ({
            subnetId,
            zone: availabilityZone,
            networkInterfaceId: ec2.controls.addServiceInterface({
              subnetId,
              interfaceType: 'network_load_balancer',
              requesterId: 'amazon-elb',
              description: `ELB ${arn.split(':loadbalancer/')[1]}`,
              groupIds,
            }),
          })),
          groupIds,
          attributes: { [CROSS_ZONE]: 'false', 'deletion_protection.enabled': 'false' },
          createdAt: host.clock.now(),
        };
        store.loadBalancers.set(arn, record);
        return { LoadBalancers: [renderLoadBalancer(record)] };
      },
    ),
    DeleteLoadBalancer: queryOperation(z.object({ LoadBalancerArn: z.string() }), ({ LoadBalancerArn }) => {
      const found = store.loadBalancers.get(LoadBalancerArn);
      for (const node of found?.subnets ?? []) ec2.controls.removeServiceInterface(node.networkInterfaceId);
      for (const listener of store.listeners.values())
        if (listener.loadBalancerArn === LoadBalancerArn) store.listeners.delete(listener.arn);
      store.loadBalancers.delete(LoadBalancerArn);
      return {};
    }),
    DescribeLoadBalancers: queryOperation(z.object({ LoadBalancerArns: names, Names: names }), ({ LoadBalancerArns, Names }) => {
      const byName = (wanted: string): LoadBalancerRecord => {
        const found = [...store.loadBalancers.values()].find((one) => one.name === wanted);
        if (found === undefined) throw new AwsError('LoadBalancerNotFound', `Load balancers '[${wanted}]' not found`);
        return found;
      };
      const found = LoadBalancerArns?.map((arn) => needLoadBalancer(store, arn)) ??
        Names?.map(byName) ?? [...store.loadBalancers.values()];
      return { LoadBalancers: found.map(renderLoadBalancer) };
    }),
    DescribeLoadBalancerAttributes: queryOperation(z.object({ LoadBalancerArn: z.string() }), ({ LoadBalancerArn }) =>
      renderAttributes(needLoadBalancer(store, LoadBalancerArn)),
    ),
    ModifyLoadBalancerAttributes: queryOperation(
      z.object({ LoadBalancerArn: z.string(), Attributes: z.array(z.object({ Key: z.string(), Value: z.string() })) }),
      ({ LoadBalancerArn, Attributes }) => {
        const found = needLoadBalancer(store, LoadBalancerArn);
        const unknown = Attributes.find(({ Key }) => !Object.hasOwn(found.attributes, Key));
        if (unknown !== undefined)
          throw new AwsError('InvalidConfigurationRequest', `Load balancer attribute key '${unknown.Key}' is not recognized`);
        const attributes = { ...found.attributes, ...Object.fromEntries(Attributes.map(({ Key, Value }) => [Key, Value])) };
        store.loadBalancers.set(found.arn, { ...found, attributes });
        return renderAttributes({ ...found, attributes });
      },
    ),
    CreateTargetGroup: queryOperation(
      z.object({
        Name: name,
        Protocol: z.enum(PROTOCOLS),
        Port: numeric,
        VpcId: z.string(),
        TargetType: z.enum(['instance', 'ip']).optional(),
      }),
      (input) => {
        if ([...store.targetGroups.values()].some((other) => other.name === input.Name))
          throw new AwsError('DuplicateTargetGroupName', `A target group with the same name '${input.Name}' exists`);
        const record = {
          arn: arnOf(`targetgroup/${input.Name}`),
          name: input.Name,
          protocol: input.Protocol,
          port: input.Port,
          vpcId: input.VpcId,
          targetType: input.TargetType ?? 'instance',
          targets: [],
        } as const;
        store.targetGroups.set(record.arn, record);
        return { TargetGroups: [renderTargetGroup(store, record)] };
      },
    ),
    DescribeTargetGroups: queryOperation(
      z.object({ TargetGroupArns: names, LoadBalancerArn: z.string().optional(), Names: names }),
      ({ TargetGroupArns, LoadBalancerArn, Names }) => {
        const used = new Set(
          [...store.listeners.values()].flatMap((one) => (one.loadBalancerArn === LoadBalancerArn ? one.targetGroupArns : [])),
        );
        const found = (TargetGroupArns?.map((arn) => needTargetGroup(store, arn)) ?? [...store.targetGroups.values()]).filter(
          (one) => (LoadBalancerArn === undefined || used.has(one.arn)) && (Names === undefined || Names.includes(one.name)),
        );
        return { TargetGroups: found.map((one) => renderTargetGroup(store, one)) };
      },
    ),
    RegisterTargets: queryOperation(z.object({ TargetGroupArn: z.string(), Targets: targets }), (input) => {
      const group = needTargetGroup(store, input.TargetGroupArn);
      const added = input.Targets.map(({ Id, Port }) => ({ id: Id, port: Port ?? group.port }));
      if (group.targetType === 'instance')
        for (const { id } of added)
          if (!ec2.world.instances().some(({ instanceId }) => instanceId === id))
            throw new AwsError(
              'InvalidTarget',
              `The following targets are not in a running state and cannot be registered: '${id}'`,
            );
      const kept = group.targets.filter((one) => !added.some(({ id, port }) => id === one.id && port === one.port));
      store.targetGroups.set(group.arn, { ...group, targets: [...kept, ...added] });
      return {};
    }),
    DeregisterTargets: queryOperation(z.object({ TargetGroupArn: z.string(), Targets: targets }), (input) => {
      const group = needTargetGroup(store, input.TargetGroupArn);
      const gone = new Set(input.Targets.map(({ Id }) => Id));
      store.targetGroups.set(group.arn, { ...group, targets: group.targets.filter(({ id }) => !gone.has(id)) });
      return {};
    }),
    DescribeTargetHealth: queryOperation(
      z.object({ TargetGroupArn: z.string(), Targets: targets.optional() }),
      ({ TargetGroupArn, Targets }) => {
        const group = needTargetGroup(store, TargetGroupArn);
        const shown = group.targets.filter(({ id }) => Targets === undefined || Targets.some(({ Id }) => Id === id));
        return { TargetHealthDescriptions: shown.map((target) => renderHealth(store, group, target)) };
      },
    ),
    CreateListener: queryOperation(
      z.object({ LoadBalancerArn: z.string(), Protocol: z.enum(PROTOCOLS), Port: numeric, DefaultActions: actions }),
      (input) => {
        const { arn: loadBalancerArn } = needLoadBalancer(store, input.LoadBalancerArn);
        const isTaken = [...store.listeners.values()].some(
          (other) => other.loadBalancerArn === loadBalancerArn && other.port === input.Port,
        );
        if (isTaken) throw new AwsError('DuplicateListener', 'A listener already exists on this port for this load balancer');
        const targetGroupArns = input.DefaultActions.flatMap((action) => [
          ...(action.TargetGroupArn === undefined ? [] : [action.TargetGroupArn]),
          ...(action.ForwardConfig?.TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn) ?? []),
        ]);
        for (const group of targetGroupArns) needTargetGroup(store, group);
        const path = loadBalancerArn.split(':loadbalancer/')[1] ?? '';
        const record = {
          arn: arnOf(`listener/${path}`),
          loadBalancerArn,
          protocol: input.Protocol,
          port: input.Port,
          targetGroupArns,
        };
        store.listeners.set(record.arn, record);
        return { Listeners: [renderListener(record)] };
      },
    ),
    DeleteListener: queryOperation(z.object({ ListenerArn: z.string() }), ({ ListenerArn }) => {
      if (!store.listeners.delete(ListenerArn)) throw new AwsError('ListenerNotFound', `Listener '${ListenerArn}' not found`);
      return {};
    }),
    DescribeListeners: queryOperation(
      z.object({ LoadBalancerArn: z.string().optional(), ListenerArns: names }),
      ({ LoadBalancerArn, ListenerArns }) => {
        if (LoadBalancerArn !== undefined) needLoadBalancer(store, LoadBalancerArn);
        const found = [...store.listeners.values()].filter(
          (one) =>
            (LoadBalancerArn === undefined || one.loadBalancerArn === LoadBalancerArn) &&
            (ListenerArns === undefined || ListenerArns.includes(one.arn)),
        );
        return { Listeners: found.map(renderListener) };
      },
    ),
  };
  return Object.fromEntries(Object.entries(operations).map(([action, run]) => [action, guarded(action, run)]));
}

function renderAttributes({ attributes }: LoadBalancerRecord): Element {
  return { Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })) };
}
