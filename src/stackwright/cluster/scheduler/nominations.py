"""The pods that wait for room on a node that is being made for them."""

from dataclasses import dataclass, field

from stackwright.api.meta import Object, uid_of
from stackwright.cluster.scheduler.preemption import priority


@dataclass(slots=True)
class Nominations:
    """Known from the moment of the decision, before the pod's status says so."""

    _pods: dict[str, tuple[str, Object]] = field(default_factory=dict)

    def put(self, pod: Object, node: str) -> None:
        """An empty node takes the nomination back."""
        if node:
            self._pods[uid_of(pod)] = (node, pod)
        else:
            self.drop(uid_of(pod))

    def drop(self, uid: str) -> bool:
        """True when there was one."""
        return self._pods.pop(uid, None) is not None

    def node_of(self, pod: Object) -> str:
        return self._pods.get(uid_of(pod), ("", pod))[0]

    def before(self, pod: Object, node: str) -> list[Object]:
        """The others on the node that the pod must leave room for."""
        return [other for other in self._others(pod, node) if priority(other) >= priority(pod)]

    def after(self, pod: Object, node: str) -> list[Object]:
        """The others on the node that give way to the pod."""
        return [other for other in self._others(pod, node) if priority(other) < priority(pod)]

    def _others(self, pod: Object, node: str) -> list[Object]:
        return [other for uid, (where, other) in self._pods.items() if where == node and uid != uid_of(pod)]
