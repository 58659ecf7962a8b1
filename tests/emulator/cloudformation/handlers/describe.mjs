/* Describes the instances that the records of a batch name, and puts what it found on the bus. */
import { createHash, createHmac } from 'node:crypto';

const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;

/** A request signed as SigV4 wants it, without any SDK. */
async function call(service, body, headers) {
  const { host } = new URL(AWS_ENDPOINT_URL);
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${AWS_REGION}/${service}/aws4_request`;
  const all = { ...headers, host, 'x-amz-date': time, 'x-amz-security-token': AWS_SESSION_TOKEN };
  const names = Object.keys(all).sort();
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${all[name]}`), '', names.join(';'), hash(body)].join('\n');
  const key = scope
    .split('/')
    .reduce((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`)
    .digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const response = await fetch(AWS_ENDPOINT_URL, { method: 'POST', body, headers: { ...all, authorization } });
  return { status: response.status, text: await response.text() };
}

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };

export const handler = async (event) => {
  for (const { body } of event.Records) {
    const { id } = JSON.parse(body);
    const described = await call('ec2', `Action=DescribeInstances&Version=2016-11-15&InstanceId.1=${id}`, form);
    const refused = await call('ec2', `Action=TerminateInstances&Version=2016-11-15&InstanceId.1=${id}`, form);
    const detail = {
      id,
      found: described.text.includes(id),
      refused: refused.text.match(/<Code>(\w+)/)?.[1],
      stage: process.env.STAGE,
    };
    const entry = { Source: 'probe', DetailType: 'Described', Detail: JSON.stringify(detail) };
    const put = await call('events', JSON.stringify({ Entries: [entry] }), json);
    console.log({ id, described: described.status, put: put.text });
  }
  return { batchItemFailures: [] };
};
