"""HorizontalPodAutoscalers: the number of replicas within its bounds."""
