// SPDX-License-Identifier: Apache-2.0
// Somebody else's reading of IAM policies. One JSON array on standard input:
// [{principal, action, resource, account, context, identity: [documents],
// scp: [documents]}, ...]; one of answers on standard output: "Allowed",
// "ImplicitlyDenied", "ExplicitlyDenied", or "error: ...".
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const named = (documents) =>
  (documents || []).map((policy, n) => ({ name: `policy ${n}`, policy }))

async function judge (ask) {
  const answer = await runSimulation({
    request: {
      principal: ask.principal,
      action: ask.action,
      resource: { resource: ask.resource, accountId: ask.account },
      contextVariables: ask.context || {}
    },
    identityPolicies: named(ask.identity),
    serviceControlPolicies: ask.scp
      ? [{
          orgIdentifier: 'r-root',
          policies: [{
            name: 'all',
            policy: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }]
            }
          }, ...named(ask.scp)]
        }]
      : [],
    resourceControlPolicies: [],
    resourcePolicy: undefined
  }, {})
  return answer.resultType === 'error'
    ? `error: ${JSON.stringify(answer.errors)}`
    : answer.overallResult
}

async function main () {
  let text = ''
  for await (const piece of process.stdin) text += piece
  const answers = []
  for (const ask of JSON.parse(text)) answers.push(await judge(ask))
  console.log(JSON.stringify(answers))
}

main()
