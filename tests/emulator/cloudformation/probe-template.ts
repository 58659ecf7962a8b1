/** A small service as a template: EC2 state events → FIFO queue → function, which describes the instance and reports on the bus. */

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

export function probeTemplate() {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: { Stage: { Type: 'String', Default: 'test', AllowedValues: ['test', 'prod'] } },
    Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
    Resources: {
      Worker: {
        Type: 'AWS::Lambda::Function',
        DependsOn: ['WorkerLog'],
        Properties: {
          FunctionName: 'probe-worker',
          Handler: 'describe.handler',
          Runtime: 'nodejs24.x',
          Role: arn('WorkerRole'),
          Timeout: 10,
          MemorySize: 256,
          Code: { S3Bucket: { Ref: 'Bucket' }, S3Key: 'some/prefix/probe.zip' },
          Environment: { Variables: { STAGE: { Ref: 'Stage' } } },
          LoggingConfig: { LogFormat: 'JSON' },
        },
      },
      WorkerLog: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/probe-worker', RetentionInDays: 7 } },
      WorkerRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
          },
          Policies: [
            {
              PolicyName: 'work',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
                  {
                    Effect: 'Allow',
                    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
                    Resource: arn('Work'),
                  },
                  { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arn('WorkerLog') },
                ],
              },
            },
          ],
        },
      },
      BusPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'bus',
          Roles: [{ Ref: 'WorkerRole' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: {
              Effect: 'Allow',
              Action: 'events:PutEvents',
              // biome-ignore lint/suspicious/noTemplateCurlyInString: as Fn::Sub writes it
              Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default' },
            },
          },
        },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: 'BusPolicy',
        Properties: {
          EventSourceArn: arn('Work'),
          FunctionName: arn('Worker'),
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      Work: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'probe.fifo',
          FifoQueue: true,
          ContentBasedDeduplication: true,
          VisibilityTimeout: '60',
          RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 5 },
        },
      },
      WorkPolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Work' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'events.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: arn('Work'),
                Condition: { ArnEquals: { 'aws:SourceArn': [arn('StateRule'), arn('StackRule')] } },
              },
            ],
          },
        },
      },
      StateRule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['aws.ec2'], detail: { state: ['running'] } },
          Targets: [
            {
              Id: 'work',
              Arn: arn('Work'),
              SqsParameters: { MessageGroupId: 'all' },
              InputTransformer: { InputPathsMap: { id: '$.detail.instance-id' }, InputTemplate: '{"id": <id>}' },
              RetryPolicy: { MaximumRetryAttempts: '4' },
            },
          ],
        },
      },
      StackRule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: {
            source: ['aws.cloudformation'],
            detail: { 'stack-id': [{ Ref: 'AWS::StackId' }], 'status-details': { status: ['CREATE_COMPLETE'] } },
          },
          Targets: [{ Id: 'log', Arn: arn('Audit') }],
        },
      },
      ReportRule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventPattern: { source: ['probe'] }, Targets: [{ Id: 'log', Arn: arn('Audit') }] },
      },
      Audit: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/probe/audit' } },
      AuditPolicy: {
        Type: 'AWS::Logs::ResourcePolicy',
        Properties: {
          PolicyName: 'probe-audit',
          PolicyDocument: {
            'Fn::Sub': JSON.stringify({
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
                Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                // biome-ignore lint/suspicious/noTemplateCurlyInString: as Fn::Sub writes it
                Resource: '${Audit.Arn}',
              },
            }),
          },
        },
      },
      Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: {} },
      ProdAlarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Condition: 'IsProd',
        Properties: {
          AlarmName: 'probe-alarm',
          Namespace: 'probe',
          MetricName: 'Beats',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: '1',
          ComparisonOperator: 'LessThanThreshold',
          Threshold: 1,
        },
      },
    } as Record<string, Record<string, unknown>>,
    Outputs: {
      QueueUrl: { Value: { Ref: 'Work' } },
      AlarmArn: { Condition: 'IsProd', Value: arn('ProdAlarm') },
    } as Record<string, Record<string, unknown>>,
  };
}
