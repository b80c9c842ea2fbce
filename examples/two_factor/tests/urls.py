from django.urls import include, path
from two_factor.urls import urlpatterns

urlpatterns = [path("", include(urlpatterns))]
