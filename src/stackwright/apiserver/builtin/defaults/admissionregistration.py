"""Defaults of webhooks and admission policies.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/v1/defaults.go.
"""

from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every, made

_RULE = constants(scope="*")
_EVERYWHERE = all_of(made("namespaceSelector", dict), made("objectSelector", dict), constants(matchPolicy="Equivalent"))
_HOOK = all_of(
    _EVERYWHERE,
    constants(failurePolicy="Fail", timeoutSeconds=10),
    at("clientConfig", at("service", constants(port=443))),
    every("rules", _RULE),
)
_MATCHED = all_of(_EVERYWHERE, every("resourceRules", _RULE), every("excludeResourceRules", _RULE))

validating_hooks = every("webhooks", _HOOK)
mutating_hooks = every("webhooks", all_of(_HOOK, constants(reinvocationPolicy="Never")))
policy = at("spec", all_of(constants(failurePolicy="Fail"), at("matchConstraints", _MATCHED)))
policy_binding = at("spec", at("matchResources", _MATCHED))
