import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { conditionContext, evaluate } from '../../../src/emulator/iam/evaluate.ts';
import { parsePolicy } from '../../../src/emulator/iam/policy-document.ts';
import { serviceIsAllowed } from '../../../src/emulator/iam/resource-policy.ts';

interface Case {
  readonly name: string;
  readonly policies: readonly unknown[];
  readonly request: { readonly action: string; readonly resource?: string; readonly context?: Record<string, string | string[]> };
  readonly verdict: string;
}

const CASES: readonly Case[] = JSON.parse(readFileSync(new URL('./cases/statements.json', import.meta.url), 'utf8'));

describe('evaluation of identity-based policies', () => {
  it.each(CASES)('$name', ({ policies, request, verdict }) => {
    const result = evaluate(policies.map(parsePolicy), {
      action: request.action,
      resource: request.resource ?? '*',
      context: conditionContext(request.context ?? {}),
    });
    expect(result.decision).toBe(verdict);
  });

  it('names the statement that decided', () => {
    const policy = parsePolicy({
      Version: '2012-10-17',
      Statement: { Sid: 'Read', Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
    });
    const result = evaluate([policy], { action: 'sqs:SendMessage', resource: 'arn:x', context: new Map() });
    expect(result).toMatchObject({ decision: 'allow', statement: { sid: 'Read' } });
  });

  it('wants every key and operator of a condition block', () => {
    const policy = parsePolicy({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'ec2:*',
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:requesttag/Owner': 'me', 'ec2:CreateAction': 'X' },
          Bool: { 'aws:SecureTransport': true },
        },
      },
    });
    const ask = (context: Record<string, string>) =>
      evaluate([policy], { action: 'ec2:CreateTags', resource: '*', context: conditionContext(context) }).decision;
    expect(ask({ 'aws:RequestTag/owner': 'me', 'EC2:createaction': 'X', 'aws:SecureTransport': 'true' })).toBe('allow');
    expect(ask({ 'aws:RequestTag/owner': 'me', 'aws:SecureTransport': 'true' })).toBe('implicit-deny');
    expect(ask({ 'aws:RequestTag/owner': 'me', 'ec2:CreateAction': 'X' })).toBe('implicit-deny');
  });
});

describe('resource policies', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: 'arn:aws:sqs:eu-west-1:1:work',
        Condition: { ArnEquals: { 'aws:SourceArn': ['arn:aws:events:eu-west-1:1:rule/a', 'arn:aws:events:eu-west-1:1:rule/b'] } },
      },
    ],
  };
  const question = {
    service: 'events.amazonaws.com',
    action: 'sqs:SendMessage',
    resource: 'arn:aws:sqs:eu-west-1:1:work',
    context: { 'aws:SourceArn': 'arn:aws:events:eu-west-1:1:rule/b' },
  };

  it('lets the named service act for the named source', () => {
    expect(serviceIsAllowed([document], question)).toBe(true);
  });

  it.each([
    ['another source', { ...question, context: { 'aws:SourceArn': 'arn:aws:events:eu-west-1:1:rule/c' } }],
    ['no source', { ...question, context: {} }],
    ['another service', { ...question, service: 'sns.amazonaws.com' }],
    ['another action', { ...question, action: 'sqs:DeleteMessage' }],
    ['another queue', { ...question, resource: 'arn:aws:sqs:eu-west-1:1:other' }],
  ])('refuses %s', (_, other) => {
    expect(serviceIsAllowed([document], other)).toBe(false);
  });

  it('refuses when there is no policy', () => {
    expect(serviceIsAllowed([], question)).toBe(false);
  });
});

describe('reading a policy document', () => {
  const statement = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' };
  it.each([
    ['text that is not JSON', '{', 'not JSON'],
    ['an unknown version', { Version: '2020-01-01', Statement: statement }, 'Version'],
    ['a statement without effect', { Statement: { Action: 'a:b', Resource: '*' } }, 'Statement[0].Effect'],
    ['Action beside NotAction', { Statement: { ...statement, NotAction: 'a:b' } }, 'both Action and NotAction'],
    ['a statement without action', { Statement: { Effect: 'Allow', Resource: '*' } }, 'needs Action'],
    ['a statement without resource', { Statement: { Effect: 'Allow', Action: 'a:b' } }, 'needs Resource'],
    ['an element nobody knows', { Statement: { ...statement, Ressource: '*' } }, 'Statement[0].Ressource'],
    ['an unknown operator', { Statement: { ...statement, Condition: { StringIs: { 'a:b': 'c' } } } }, 'Condition.StringIs'],
    ['a resource that is not text', { Statement: { ...statement, Resource: [{ Ref: 'X' }] } }, 'Resource[0]'],
  ])('refuses %s', (_, document, message) => {
    expect(() => parsePolicy(document)).toThrow(message);
  });
});
